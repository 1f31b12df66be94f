/** What an archive is asked for. */
import type {ServerSettings} from '../net/server-settings.ts'
import type {KeepRules} from './archive-keep.ts'
import type {ArchiveReport} from './archive-reports.ts'

export interface ArchiveOptions extends KeepRules {
  directory: string
  servers?: ReadonlyMap<string, ServerSettings>
  /** Finds the server anew each time it is connected to; for what moves. */
  locate?: (() => Promise<ServerSettings>) | null
  fsync?: 'always' | 'everysec' | 'no'
  silenceMs?: number
  /** How old a base may become. */
  rebaseMs?: number
  /** End after so long, or when the stream has come so far. */
  forMs?: number
  untilOffset?: number
  /** Ends it as soon as what has come is safe. */
  stop?: AbortSignal
  /** Told of the state every so often. */
  onState?: (report: ArchiveReport) => Promise<void>
}
