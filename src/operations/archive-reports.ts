/** What `pull --archive` returns, and what it tells while it runs. */

export interface ArchivedGeneration {
  base: string
  logs: string[]
  bytes: number
  /** When its base was taken, UTC. */
  since: string
}

export interface ArchiveReport {
  schema: 'respite.archive/1'
  input: string
  output: string
  /** syncing: a snapshot is on its way. streaming: what is written arrives. waiting: the connection was lost. stopped: this is the end. */
  state: 'syncing' | 'streaming' | 'waiting' | 'stopped'
  /** What ended it: the time or offset that was asked for, or a signal. Null while it runs. */
  endedBy: 'time' | 'offset' | 'signal' | null
  /** In the stream of the master; null before the first snapshot. */
  position: {id: string; offset: number; db: number | null} | null
  /** Bytes that the master has written and that have not come yet, when it was asked last; null where it was not. */
  lagBytes: number | null
  /** Of this run. */
  commands: number
  bytes: number
  connections: number
  fullSyncs: number
  partialSyncs: number
  rebases: number
  expired: number
  /** Oldest first; the last one is what a server loads. */
  generations: ArchivedGeneration[]
  /** What went wrong last, and was got over. */
  lastError: string | null
}
