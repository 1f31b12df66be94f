import {
  COMMAND_COUNTS,
  COMMAND_COUNTS_MAX,
  COMMAND_SLOT,
  COMMAND_SLOTS,
  COMMAND_TABLE,
} from '../../formats/kernel/layout.ts'
import {type Command, type CommandFlag, singleKeyArgc} from './row.ts'

const NAME_MAX = 24
const SUBCOMMAND_MAX = 16
const MIX = 0x9e3779b97f4a7c15n
const U64 = (1n << 64n) - 1n
const SUBCOMMAND_MARK = 23
const LENGTH = 54
const ROLE = 55
const KEY_POSITION = 56
const KEY_ARGC = 57
/** Commands that are worth a word: a run stops before them. */
const STOPS: readonly CommandFlag[] = ['discard', 'flush']
const STOP = 1
/** Commands that a run follows itself while they are plainly right. */
const ROLES: readonly [CommandFlag, number][] = [
  ['multi', 2],
  ['exec', 3],
  ['select', 4],
]
const CONTAINER = 5

interface Slot {
  arity: number
  index: number
  role: number
}

/** Pack names and arities for the kernel that runs over plain records; the layout is in aof-run.ts. */
export function compileCommands(entries: Iterable<[string, Command]>): Uint8Array {
  const slots = new Uint8Array(COMMAND_SLOTS * COMMAND_SLOT)
  for (const [name, command] of entries) {
    const {arity, index, subcommands} = command
    if (name.length > NAME_MAX) continue
    const at = writeSlot(slots, keyOf(name), name.length, {arity, index, role: role(command)})
    slots[at + KEY_POSITION] = command.firstKey
    slots[at + KEY_ARGC] = singleKeyArgc(command)
    if (name !== command.name) continue
    for (const [sub, subArity] of subcommands ?? []) {
      if (sub.length > SUBCOMMAND_MAX) continue
      const key = keyOf(sub)
      new DataView(key.buffer).setUint16(16, index, true)
      key[SUBCOMMAND_MARK] = 0xff
      writeSlot(slots, key, sub.length, {arity: subArity, index, role: 0})
    }
  }
  return slots
}

/** Put a compiled table where the kernel looks for it, with counters at zero. */
export function installCommands(slots: Uint8Array, memory: Uint8Array): void {
  memory.set(slots, COMMAND_TABLE)
  memory.fill(0, COMMAND_COUNTS, COMMAND_COUNTS + 4 * COMMAND_COUNTS_MAX)
}

/** A copy of a compiled table with which runs stop at the commands that are `wanted`, by index, and at no other. */
export function stopOnlyAt(compiled: Uint8Array, wanted: (index: number) => boolean): Uint8Array {
  const slots = compiled.slice()
  const view = new DataView(slots.buffer)
  for (let at = 0; at < slots.length; at += COMMAND_SLOT) {
    // Free, or a subcommand: its command's slot decides.
    if (slots[at + LENGTH] === 0 || slots[at + SUBCOMMAND_MARK] === 0xff) continue
    if (wanted(view.getUint16(at + 52, true))) slots[at + ROLE] = STOP
    else if (slots[at + ROLE] === STOP) slots[at + ROLE] = 0
  }
  return slots
}

/** Let runs count a command from now on, in any number of arguments, instead of stopping before it or not knowing it. */
export function letPass(memory: Uint8Array, name: string, index: number): void {
  if (name.length === 0 || name.length > NAME_MAX) return
  const slots = memory.subarray(COMMAND_TABLE, COMMAND_TABLE + COMMAND_SLOTS * COMMAND_SLOT)
  const at = findSlot(slots, keyOf(name), name.length)
  if (slots[at + LENGTH] === 0) {
    writeSlot(slots, keyOf(name), name.length, {arity: -1, index, role: 0})
  } else slots[at + ROLE] = 0
}

function writeSlot(slots: Uint8Array, key: Uint8Array, length: number, slot: Slot): number {
  const {arity, index} = slot
  const at = findSlot(slots, key, length)
  const view = new DataView(slots.buffer, slots.byteOffset)
  slots.set(key, at)
  for (let i = 0; i < NAME_MAX; i++) {
    const isLetter = i < length && key[i] >= 0x41 && key[i] <= 0x5a
    slots[at + NAME_MAX + i] = isLetter ? 0xdf : 0xff
  }
  view.setUint16(at + 48, Math.abs(arity), true)
  view.setUint16(at + 50, arity >= 0 ? arity : 0xffff, true)
  view.setUint16(at + 52, index, true)
  slots[at + LENGTH] = length
  slots[at + ROLE] = slot.role
  return at
}

/** Where this key is, or the free slot where it belongs. */
function findSlot(slots: Uint8Array, key: Uint8Array, length: number): number {
  for (let index = hashKey(key); ; index = (index + 1) % COMMAND_SLOTS) {
    const at = index * COMMAND_SLOT
    if (slots[at + LENGTH] === 0) return at
    if (slots[at + LENGTH] === length && key.every((byte, i) => slots[at + i] === byte)) return at
  }
}

function role(command: Command): number {
  const {name, flags, subcommands} = command
  if (STOPS.some((flag) => flags.has(flag)) || isScript(name)) return STOP
  if (subcommands !== null) return CONTAINER
  return ROLES.find(([flag]) => flags.has(flag))?.[1] ?? 0
}

/** Does this command run a script? */
export function isScript(name: string): boolean {
  return /^(EVAL|FCALL)/.test(name)
}

function keyOf(name: string): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(NAME_MAX)
  for (let i = 0; i < name.length; i++) key[i] = name.charCodeAt(i)
  return key
}

/** As findSlot() in aof-run.ts. */
function hashKey(key: Uint8Array): number {
  const words = new DataView(key.map((byte) => byte & 0xdf).buffer)
  const mixed =
    words.getBigUint64(0, true) ^
    rotate(words.getBigUint64(8, true), 21n) ^
    rotate(words.getBigUint64(16, true), 42n)
  return Number(((mixed * MIX) & U64) >> 54n)
}

function rotate(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & U64
}
