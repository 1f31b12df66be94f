/**
 * Where a log that is being written goes on: in the same file, in the next one that the manifest names, or, of a server that
 * keeps one file, in the one that it put in its place.
 */
import {InputError} from '../io/input-error.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {inodeAt} from '../io/source-file.ts'
import {type FileToRead, logFiles} from './log-files.ts'
import {ReportBuilder} from './report-builder.ts'

export class LogFollower {
  private readonly input: string
  private readonly config: ServerConfig | null
  private readonly single: boolean
  private readonly seen: Set<string>
  private inode: string | null = null

  /** `files` are those that are read before anything is followed. */
  constructor(
    input: string,
    config: ServerConfig | null,
    files: readonly FileToRead[],
    single: boolean,
  ) {
    this.input = input
    this.config = config
    this.single = single
    this.seen = new Set(files.map(({path}) => path))
  }

  /** A file is about to be opened, and followed. */
  begin({path}: FileToRead): void {
    this.inode = inodeAt(path)
  }

  /** The files in which the log goes on, none while it goes on in this one. To be asked before it is read to its end. */
  next(current: FileToRead): FileToRead[] {
    if (this.single) {
      const inode = inodeAt(current.path)
      return inode === null || inode === this.inode ? [] : [current]
    }
    const files = this.layout().filter(({path}) => !this.seen.has(path))
    // A new base alone is no reason to leave: its commands are those that were listed.
    if (!files.some(({role}) => role === 'incr')) return []
    for (const {path} of files) this.seen.add(path)
    return files
  }

  private layout(): FileToRead[] {
    try {
      return logFiles(this.input, this.config, new ReportBuilder(this.input, 'framing')).files
    } catch (error) {
      // Between two names of the manifest, or of a file that it names: it is there again the next time.
      if (error instanceof InputError) return []
      throw error
    }
  }
}
