/** Faults in streams: their nodes, what they say of themselves, their groups, pending entries and consumers. */
import {
  bytes,
  i64le,
  intStr,
  len,
  lzfLiterals,
  lzfRun,
  lzfStr,
  type Part,
  str,
  u16le,
  u64be,
} from '../support/bytes.ts'
import {type Item, listpack} from '../support/packed.ts'
import {type Id, lenId, rawId, type StreamParts, stream} from '../support/streams.ts'
import {STREAM_GROUPS} from './r7-cases-groups.ts'
import type {Payload} from './r7-verdicts.ts'

type StreamType = StreamParts['type']
type Case = readonly [name: string, body: Buffer]

const FIRST: Id = '1000-1'
/** Two entries with one field, master entry in front. */
const SOUND: readonly Item[] = [2, 0, 1, 'f', 0, 2, 0, 0, 'v', 4, 2, 1, 0, 'w', 4]

const node = (items: readonly Item[], num?: number): Buffer => str(listpack(items, num))
const changed = (at: number, ...items: Item[]): Item[] => {
  const copy = [...SOUND]
  copy.splice(at, items.length, ...items)
  return copy
}

/** A stream around nodes that are given as they lie in the file. */
function around(type: StreamType, nodes: readonly Part[], tail: Partial<StreamParts> = {}): Buffer {
  const parts: StreamParts = {type, nodes: [], length: 2, lastId: '2000-0', firstId: FIRST, ...tail}
  return bytes(len(nodes.length), ...nodes, stream(parts).subarray(1))
}

const keyed = (content: Part, id: Part = str(rawId(FIRST))): Buffer => bytes(id, content)

/** Listpack contents of one node. */
const contents: readonly (readonly [string, readonly Item[], number?])[] = [
  ['sound', SOUND],
  ['count one more', changed(0, 3)],
  ['count one less', changed(0, 1)],
  ['count 0', changed(0, 0)],
  ['count negative', changed(0, -1)],
  ['count a text', changed(0, 'two')],
  ['count the text of a number', changed(0, '2')],
  ['count 2^31', changed(0, 2 ** 31)],
  ['count 2^32 + 2', changed(0, 2 ** 32 + 2)],
  ['count 2^62', changed(0, 1n << 62n)],
  ['deleted one more', changed(1, 1)],
  ['count and deleted shifted', changed(0, 1, 1)],
  ['deleted negative', changed(0, 3, -1)],
  ['deleted a text', changed(1, 'x')],
  ['deleted the text of a number', changed(1, '0')],
  ['deleted 2^62', changed(1, 1n << 62n)],
  ['one deleted', changed(0, 1, 1, 1, 'f', 0, 3)],
  ['one deleted, not counted', changed(5, 3)],
  ['all deleted', [0, 2, 1, 'f', 0, 3, 0, 0, 'v', 4, 3, 1, 0, 'w', 4]],
  ['no items', [0, 0, 1, 'f', 0]],
  ['fields one more', changed(2, 2)],
  ['fields 0', changed(2, 0)],
  ['fields negative', changed(2, -1)],
  ['fields a text', changed(2, 'f')],
  ['fields the text of a number', changed(2, '1')],
  ['fields 2^31', changed(2, 2 ** 31)],
  ['fields 2^62', changed(2, 1n << 62n)],
  ['no fields at all', [1, 0, 0, 0, 2, 0, 0, 3]],
  ['terminator 1', changed(4, 1)],
  ['terminator a text', changed(4, 'x')],
  ['terminator the text of 0', changed(4, '0')],
  ['flags 0', changed(5, 0)],
  ['flags 4', changed(5, 4)],
  ['flags 6', changed(5, 6)],
  ['flags negative', changed(5, -2)],
  ['flags a text', changed(5, 'x')],
  ['flags the text of a number', changed(5, '2')],
  ['ms a text', changed(6, 'x')],
  ['ms the text of a number', changed(6, '0')],
  ['ms negative', changed(6, -1)],
  ['seq a text', changed(7, 'x')],
  ['seq the text of a number', changed(7, '0')],
  ['ids do not ascend', changed(6, 5)],
  ['ids twice', changed(11, 0)],
  ['id 2^63', changed(6, (1n << 63n) - 1n)],
  ['lp-count one more', changed(9, 5)],
  ['lp-count one less', changed(9, 3)],
  ['lp-count 0', changed(14, 0)],
  ['lp-count a text', changed(9, 'x')],
  ['lp-count the text of a number', changed(9, '4')],
  ['own fields', [1, 0, 1, 'f', 0, 0, 0, 0, 2, 'a', '1', 'b', 2, 8]],
  ['own fields, none', [1, 0, 1, 'f', 0, 0, 0, 0, 0, 4]],
  ['own fields, one more', [1, 0, 1, 'f', 0, 0, 0, 0, 3, 'a', '1', 'b', 2, 8]],
  ['own fields, negative', [1, 0, 1, 'f', 0, 0, 0, 0, -1, 'a', '1', 2]],
  ['own fields, a text', [1, 0, 1, 'f', 0, 0, 0, 0, 'x', 'a', '1', 6]],
  ['own fields, the text of a number', [1, 0, 1, 'f', 0, 0, 0, 0, '1', 'a', '1', 6]],
  ['own fields, 2^62', [1, 0, 1, 'f', 0, 0, 0, 0, 1n << 62n, 'a', '1', 6]],
  ['own fields, 2^63 - 1', [1, 0, 1, 'f', 0, 0, 0, 0, (1n << 63n) - 1n, 'a', '1', 2]],
  ['own fields, lp-count wrong', [1, 0, 1, 'f', 0, 0, 0, 0, 2, 'a', '1', 'b', 2, 7]],
  ['an entry behind', [...SOUND, 0]],
  ['an item behind', [...SOUND, 2, 2, 0, 'x', 4]],
  ['last entry missing', SOUND.slice(0, -1)],
  ['cut in the second item', SOUND.slice(0, 11)],
  ['cut in the master entry', SOUND.slice(0, 4)],
  ['master entry of three', SOUND.slice(0, 3)],
  ['master entry only', SOUND.slice(0, 5)],
  ['one entry', [1]],
  ['empty listpack', []],
  ['number of entries one more', SOUND, 16],
  ['number of entries 0', SOUND, 0],
  ['number of entries unknown', SOUND, 65535],
]

const sound = node(SOUND)
const blob = listpack(SOUND)

function broken(): [string, Part][] {
  const patched = (at: number, byte: number): Part => {
    const copy = Buffer.from(blob)
    copy[at < 0 ? copy.length + at : at] = byte
    return str(copy)
  }
  return [
    ['listpack size', patched(0, blob.length + 1)],
    ['listpack terminator', patched(-1, 0)],
    ['listpack backlen', patched(-2, 9)],
    ['listpack backlen marked', patched(-2, 0x81)],
    ['listpack encoding', patched(6, 0xf8)],
    ['listpack number 2^16 - 2', patched(5, 0xff)],
    ['listpack empty string', str('')],
    ['listpack an integer', intStr(7)],
    ['listpack LZF', lzfStr(lzfLiterals(blob), blob.length)],
    ['listpack false LZF', lzfStr(lzfLiterals(blob), blob.length - 1)],
    ['listpack six bytes', str(blob.subarray(0, 6))],
  ]
}

const keys: readonly (readonly [string, Part])[] = [
  ['15 bytes', str(rawId(FIRST).subarray(1))],
  ['17 bytes', str(bytes(rawId(FIRST), 0))],
  ['empty', str('')],
  ['an integer', intStr(1000, 2)],
  ['LZF of zeros', lzfStr(lzfRun(0, 16), 16)],
  ['LZF literals', lzfStr(lzfLiterals(rawId(FIRST)), 16)],
  ['false LZF', lzfStr(lzfLiterals(rawId(FIRST)), 15)],
  ['0-0', str(rawId('0-0'))],
  ['all ones', str(Buffer.alloc(16, 255))],
]

/** Things that a stream says of itself. */
const facts: readonly (readonly [string, Partial<StreamParts>])[] = [
  ['length one more', {length: 3}],
  ['length one less', {length: 1}],
  ['length 0', {length: 0}],
  ['length 2^40', {length: 2 ** 40}],
  ['last id too low', {lastId: '1-1'}],
  ['last id that of the first', {lastId: FIRST}],
  ['last id 0', {lastId: '0-0'}],
  ['first id wrong', {firstId: '1-1'}],
  ['first id 0', {firstId: '0-0'}],
  ['highest deleted id above', {maxDeletedId: '9999-9'}],
  ['added less than length', {entriesAdded: 1}],
  ['added 0', {entriesAdded: 0}],
  ['added 2^53', {entriesAdded: 2 ** 53}],
]

/** Bytes of one group, for what the builder would not write. */
function groupBytes(
  type: StreamType,
  fields: Partial<Record<'name' | 'id' | 'read' | 'pending' | 'consumers' | 'nacked', Part>>,
): Buffer {
  const all = {
    name: str('g'),
    id: lenId(FIRST),
    read: type >= 19 ? len(1) : '',
    pending: len(0),
    consumers: len(0),
    nacked: type >= 27 ? len(0) : '',
    ...fields,
  }
  return bytes(all.name, all.id, all.read, all.pending, all.consumers, all.nacked)
}

const active = (type: StreamType): Part => (type >= 21 ? i64le(1) : '')
const huge = (n: bigint): Buffer => bytes(0x81, u64be(n))

function groupForms(type: StreamType): [string, Buffer][] {
  const id = rawId(FIRST)
  const consumer = bytes(str('c'), i64le(1), active(type), len(1), id)
  const nack = (count: Part) => bytes(len(1), id, i64le(1), count)
  return [
    ['name an integer', groupBytes(type, {name: intStr(5)})],
    ['name LZF', groupBytes(type, {name: lzfStr(lzfRun(0x61, 30), 30)})],
    ['name false LZF', groupBytes(type, {name: lzfStr(lzfRun(0x61, 30), 29)})],
    ['name in a form that does not exist', groupBytes(type, {name: bytes(0xc5, 1)})],
    ['last id in a string form', groupBytes(type, {id: bytes(0xc1, 0xc2)})],
    ['entries read unknown', groupBytes(type, type >= 19 ? {read: len(-1)} : {})],
    ['entries read 2^63', groupBytes(type, type >= 19 ? {read: huge(1n << 63n)} : {})],
    ['pending 2^20', groupBytes(type, {pending: len(1 << 20)})],
    ['pending 2^62', groupBytes(type, {pending: huge(1n << 62n)})],
    ['pending 2^64 - 1', groupBytes(type, {pending: len(-1)})],
    ['pending cut', groupBytes(type, {pending: bytes(len(2), id), consumers: ''})],
    ['consumers 2^31', groupBytes(type, {consumers: len(2 ** 31)})],
    ['consumers 2^62', groupBytes(type, {consumers: huge(1n << 62n)})],
    [
      'delivery count in a string form',
      groupBytes(type, {pending: nack(0xc1), consumers: bytes(1, consumer)}),
    ],
    ['delivery count 82', groupBytes(type, {pending: nack(0x82), consumers: bytes(1, consumer)})],
    [
      'delivery count 2^64 - 1',
      groupBytes(type, {pending: nack(len(-1)), consumers: bytes(1, consumer)}),
    ],
    [
      'owned 2^40',
      groupBytes(type, {consumers: bytes(1, str('c'), i64le(1), active(type), huge(1n << 40n))}),
    ],
    ['consumer cut', groupBytes(type, {consumers: bytes(1, str('c'), i64le(1))}).subarray(0, -5)],
  ]
}

function nodeCases(type: StreamType): Case[] {
  return [
    ...contents.map(([name, items, num]): Case => [name, around(type, [keyed(node(items, num))])]),
    ...broken().map(([name, content]): Case => [name, around(type, [keyed(content)])]),
    ...keys.map(([name, id]): Case => [`node id ${name}`, around(type, [keyed(sound, id)])]),
    ['no nodes', around(type, [])],
    ['no nodes, length 0', around(type, [], {length: 0})],
    ['node id twice', around(type, [keyed(sound), keyed(sound)], {length: 4})],
    [
      'node id twice, apart',
      around(type, [keyed(sound), keyed(sound, str(rawId('1500-0'))), keyed(sound)], {length: 6}),
    ],
    [
      'nodes not in order',
      around(type, [keyed(sound, str(rawId('1500-0'))), keyed(sound)], {length: 4}),
    ],
    ['two nodes', around(type, [keyed(sound), keyed(sound, str(rawId('1500-0')))], {length: 4})],
    [
      'small nodes',
      around(type, [keyed(node([1, 0, 0, 0, 2, 0, 0, 3]), lzfStr(lzfRun(0, 16), 16))], {length: 1}),
    ],
    ['node count in a string form', bytes(0xc1, around(type, [keyed(sound)]).subarray(1))],
    ['node count 2^31', bytes(len(2 ** 31), around(type, [keyed(sound)]).subarray(1))],
    ['node count 2^62', bytes(huge(1n << 62n), around(type, [keyed(sound)]).subarray(1))],
    ['node without listpack', bytes(len(1), str(rawId(FIRST)))],
    ['cut behind the nodes', bytes(len(1), keyed(sound))],
  ]
}

export function streamCases(type: StreamType): Payload[] {
  const soundNode = [keyed(sound)]
  const all: Case[] = [
    ...nodeCases(type),
    ...facts.map(([name, fact]): Case => [name, around(type, soundNode, fact)]),
    ...STREAM_GROUPS.map(
      ([name, list]): Case => [`groups: ${name}`, around(type, soundNode, {groups: list})],
    ),
    ...groupForms(type).map(
      ([name, group]): Case => [
        `group: ${name}`,
        bytes(around(type, soundNode).subarray(0, type >= 26 ? -8 : -1), len(1), group),
      ],
    ),
    ['groups 2^31', bytes(around(type, soundNode).subarray(0, -1), len(2 ** 31))],
    ['groups 2^62', bytes(around(type, soundNode).subarray(0, -1), huge(1n << 62n))],
    ['groups in a string form', bytes(around(type, soundNode).subarray(0, -1), 0xc0)],
    ['bytes behind', bytes(around(type, soundNode), u16le(5))],
  ]
  return all.map(([name, body]) => ({name: `stream ${type}: ${name}`, type, body}))
}
