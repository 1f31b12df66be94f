/** How one file was damaged. */
export interface Damage {
  readonly name: string
  readonly what: string
  readonly bytes: Buffer
  /** How many leading bytes are as in the good file. */
  readonly intact: number
  /** AOF: end of the last whole command before the damage, transactions whole. */
  readonly lastCommandEnd?: number
  /**
   * true: a reader should end up with the data of the good file; prefix: with the first part of them; silent: the bytes
   * stay well-formed but say something else. Absent: damage to be found.
   */
  readonly sameData?: true | 'prefix' | 'silent'
}

/** A damaged input: all of its files, by name. A file that is gone is not among them. */
export interface DamagedInput {
  readonly name: string
  readonly kind: 'rdb' | 'aof' | 'set'
  readonly what: string
  /** The file that was damaged. */
  readonly target: string
  readonly intact?: number
  readonly lastCommandEnd?: number
  readonly sameData?: Damage['sameData']
  readonly files: ReadonlyMap<string, Buffer>
}

export type Files = ReadonlyMap<string, Buffer>
