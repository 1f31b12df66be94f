import {text} from '../../formats/text.ts'

/** A key of a database as one text. */
export const keyId = (db: number, memory: Uint8Array, start: number, end: number): string =>
  `${db}:${text(memory.subarray(start, end))}`

/** The database of such a text. */
export const databaseOf = (id: string): number => Number(id.slice(0, id.indexOf(':')))

/** Its key. */
export const keyOf = (id: string): Uint8Array =>
  Uint8Array.from(id.slice(id.indexOf(':') + 1), (character) => character.charCodeAt(0))
