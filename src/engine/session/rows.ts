/** What answers each command, found by its name as a client typed it. */
import {APPLIES} from '../apply/table.ts'
import type {Apply} from '../call.ts'
import type {Command} from '../commands/row.ts'
import {DEFAULT_COMMANDS} from '../commands/table.ts'
import type {Read, ReadCall} from '../read/read-call.ts'
import {READS} from '../read/table.ts'
import type {Answer} from './answer.ts'
import {ANSWERS} from './answers.ts'

/** All null: it is not answered. */
export interface Row {
  readonly command: Command
  readonly read: Read | null
  readonly answer: Answer | null
  readonly apply: Apply | null
}

export class Rows {
  /** Commands that are answered. */
  readonly answered: readonly Command[]
  private readonly all: readonly Row[]
  private readonly byHash = new Map<number, Row[]>()

  /** `writable`: so are those that write. */
  constructor(writable: boolean) {
    this.all = DEFAULT_COMMANDS.commands.map((command) => rowOf(command, writable))
    for (const row of this.all) {
      const bytes = Uint8Array.from(row.command.name, (letter) => letter.charCodeAt(0))
      const hash = hashOf(bytes, 0, bytes.length)
      this.byHash.set(hash, [...(this.byHash.get(hash) ?? []), row])
    }
    this.answered = this.all
      .filter(({read, answer, apply}) => read !== null || answer !== null || apply !== null)
      .map(({command}) => command)
  }

  of({index}: Command): Row {
    return this.all[index]
  }

  /** The row of the command in the call, whatever its case; null for none. */
  find(call: ReadCall): Row | null {
    const rows = this.byHash.get(hashOf(call.memory, call.starts[0], call.ends[0]))
    if (rows === undefined) return null
    for (const row of rows) if (isName(call, row.command.name)) return row
    return null
  }
}

function rowOf(command: Command, writable: boolean): Row {
  const {name} = command
  const read = READS.get(name) ?? null
  const answer = ANSWERS.get(name) ?? null
  const apply = writable ? (APPLIES.get(name) ?? null) : null
  return {command, read, answer, apply}
}

/** Of a name in any case. */
function hashOf(memory: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (memory[at] | 0x20)) | 0
  return hash
}

function isName({memory, starts, ends}: ReadCall, name: string): boolean {
  if (ends[0] - starts[0] !== name.length) return false
  for (let i = 0; i < name.length; i++) {
    const byte = memory[starts[0] + i]
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte
    if (upper !== name.charCodeAt(i)) return false
  }
  return true
}
