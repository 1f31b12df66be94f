/** What `serve` tells: when it listens, and when it ends. */

export interface ServeListening {
  schema: 'respite.serve/1'
  input: string
  /** Null where it listens on a socket alone. */
  host: string | null
  port: number | null
  socket: string | null
  /** Commands that write are answered. */
  writable: boolean
  /** Keys by database. */
  keys: Record<string, number>
  /** Keys that were left out because their time was over. */
  expired: number
  /** At which time clients find the data, ISO 8601; null while it goes on. */
  clock: string | null
  producer: string | null
}

export interface ServeReport extends ServeListening {
  connections: number
  commands: number
}
