/** What inputs have by name besides keys: function libraries, and data of modules. The same bytes twice are no conflict. */
import type {EntrySink} from '../formats/entry.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {libraryName} from './check-rdb.ts'

type What = 'function' | 'module'

interface Item {
  what: What
  name: string
  /** Where it is, with other bytes each. */
  inputs: number[]
  bytes: Uint8Array
  winner: number
}

export class NamedItems {
  private readonly items = new Map<string, Item>()
  /** Which of two inputs is to be kept; the later one comes second. */
  private readonly choose: (earlier: number, later: number) => number

  constructor(choose: (earlier: number, later: number) => number) {
    this.choose = choose
  }

  /** Takes the items of an input. */
  sinkOf(input: number): Pick<EntrySink, 'library' | 'record'> {
    const numbering = new Numbering()
    return {
      library: (code) => this.add('function', libraryName(code), code, input),
      record: (opcode, {module, raw}) => {
        if (opcode !== RdbOpcode.MODULE_AUX) return
        this.add('module', numbering.name(module), raw, input)
      },
    }
  }

  keeps(what: What, name: string, input: number): boolean {
    return this.items.get(`${what} ${name}`)?.winner === input
  }

  keepsLibrary(code: Uint8Array, input: number): boolean {
    return this.keeps('function', libraryName(code), input)
  }

  conflicts(): readonly Item[] {
    return [...this.items.values()].filter(({inputs}) => inputs.length > 1)
  }

  private add(what: What, name: string, bytes: Uint8Array, input: number): void {
    const id = `${what} ${name}`
    const item = this.items.get(id)
    if (item === undefined) {
      this.items.set(id, {what, name, inputs: [input], bytes: bytes.slice(), winner: input})
      return
    }
    if (item.winner === input || isSame(item.bytes, bytes)) return
    item.inputs.push(input)
    item.winner = this.choose(item.winner, input)
    if (item.winner === input) item.bytes = bytes.slice()
  }
}

/** A module may have data before all keys and behind them. */
export class Numbering {
  private readonly counts = new Map<string, number>()

  name(module: string): string {
    const count = (this.counts.get(module) ?? 0) + 1
    this.counts.set(module, count)
    return count === 1 ? module : `${module} (${count})`
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
