/** Streams that a kernel reads back from commands: it sees what an engine sees that replays them, and takes nothing that one refuses. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {STREAM_IDS_MAX} from '../../src/formats/kernel/layout.ts'
import {commandsPart} from '../../src/operations/commands-part.ts'
import type {PartRead} from '../../src/operations/convert-proof.ts'
import {record} from '../support/aof.ts'
import {bytes} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-streams-'))
let files = 0

afterAll(() => rmSync(folder, {recursive: true}))

type Commands = readonly (readonly string[])[]

function read(commands: Commands, byEngine: boolean): PartRead {
  const content = bytes(...commands.map((words) => record(...words)))
  const path = join(folder, `${++files}.resp`)
  writeFileSync(path, content)
  const odd = byEngine ? [{start: 0, end: content.length}] : []
  const until = Number.POSITIVE_INFINITY
  const host = inlineHost()
  const part = commandsPart(host, [path], {
    from: {offset: 0, db: 0},
    until,
    odd,
    lost: [],
    restores: null,
  })
  host.close()
  return part
}

const claim = (group: string, consumer: string, id: string, timeMs = 1700000000000, count = 1) =>
  [
    ...['XCLAIM', 's', group, consumer, '0', id, 'TIME', `${timeMs}`],
    ...['RETRYCOUNT', `${count}`, 'JUSTID', 'FORCE'],
  ] as const
const add = (id: string, ...pairs: string[]) => ['XADD', 's', id, ...pairs] as const
const setId = (last: string, added: number, deleted = '0-0') =>
  ['XSETID', 's', last, 'ENTRIESADDED', `${added}`, 'MAXDELETEDID', deleted] as const
const group = (name: string, id: string, read = 0) =>
  ['XGROUP', 'CREATE', 's', name, id, 'ENTRIESREAD', `${read}`] as const
const consumer = (name: string, of: string) => ['XGROUP', 'CREATECONSUMER', 's', of, name] as const

const ENTRIES: Commands = [
  add('0-1', 'a', '1'),
  add('5-0', 'b', '', 'b', 'x'.repeat(5000)),
  add('5-18446744073709551615', '', 'v'),
  add('18446744073709551614-7', 'a', '1', 'b', '2'),
]
const LAST = '18446744073709551615-18446744073709551615'

const RIGHT: Record<string, Commands> = {
  'entries alone': [...ENTRIES, setId('18446744073709551614-7', 4)],
  'counters of what is gone': [...ENTRIES, setId(LAST, 9, '6-1')],
  'groups, some with consumers': [
    ...ENTRIES,
    setId(LAST, 4),
    group('g', '5-0', 2),
    group('', '0-0', -1),
    consumer('idle', ''),
    consumer('', ''),
    group('h', LAST, 4),
    consumer('first', 'h'),
    claim('h', 'second', '0-1'),
    claim('h', 'second', '18446744073709551614-7', 5, 9000000000),
    claim('h', 'third', '5-18446744073709551615', 0, 0),
    group('i', '7-0'),
    claim('i', 'second', '0-1'),
  ],
  'a stream that expires, between other keys': [
    ['SELECT', '3'],
    ['SET', 'r', 'v'],
    ...ENTRIES,
    setId(LAST, 4),
    ['PEXPIREAT', 's', '4102444800123'],
    ['XADD', 't', '1-1', 'f', 'v'],
    ['XSETID', 't', '1-1', 'ENTRIESADDED', '1', 'MAXDELETEDID', '0-0'],
    ['SET', 'u', 'v'],
  ],
  'as many entries as are remembered': [
    ...Array.from({length: STREAM_IDS_MAX}, (_, i) => add(`${i + 1}-0`, 'f', `${i}`)),
    setId(LAST, STREAM_IDS_MAX),
    group('g', LAST),
    claim('g', 'c', '1-0'),
    claim('g', 'c', `${STREAM_IDS_MAX}-0`),
  ],
}

test.each(Object.entries(RIGHT))('%s: read as replayed', (_, commands) => {
  const replayed = read(commands, true)
  expect(replayed.unlike).toBeNull()
  expect(read(commands, false)).toEqual(replayed)
})

test('every fact about a stream shows in what is read', () => {
  const right = RIGHT['groups, some with consumers']
  const digests = new Set([read(right, false).totals.get(0)?.join()])
  const others: [from: string, to: string][] = [
    ['0-1', '0-2'],
    ['x'.repeat(5000), 'x'.repeat(4999)],
    ['idle', 'busy'],
    ['7-0', '7-1'],
    ['9000000000', '9000000001'],
    ['1700000000000', '1700000000001'],
    [LAST, '18446744073709551615-0'],
  ]
  for (const [from, to] of others) {
    const changed = right.map((words) => words.map((word) => (word === from ? to : word)))
    digests.add(read(changed, false).totals.get(0)?.join())
  }
  expect(digests.size).toBe(1 + others.length)
})

const WHOLE: Commands = [...ENTRIES, setId(LAST, 4), group('g', '5-0', 2)]

/** Of these an engine refuses some, and takes others for what they are not. */
const WRONG: Record<string, Commands> = {
  'an id that does not ascend': [...ENTRIES, add('18446744073709551614-7', 'a', '1')],
  'the id of nothing': [add('0-0', 'a', '1')],
  'an id that is none': [add('*', 'a', '1')],
  'an id without a sequence': [add('5', 'a', '1')],
  'an id with a zero in front': [add('05-1', 'a', '1')],
  'an id past all ids': [add('18446744073709551616-0', 'a', '1')],
  'a field without a value': [add('5-1', 'a')],
  'an entry without fields': [add('5-1')],
  'a last id below that of an entry': [...ENTRIES, setId('6-0', 4)],
  'fewer entries added than there are': [...ENTRIES, setId(LAST, 3)],
  'a deleted entry behind the last one': [...ENTRIES, setId('18446744073709551615-0', 4, LAST)],
  'a last id without a stream': [['SET', 's', 'v'], setId(LAST, 4)],
  'the last id of another stream': [
    ...ENTRIES,
    ['XSETID', 't', LAST, 'ENTRIESADDED', '4', 'MAXDELETEDID', '0-0'],
  ],
  'an entry behind the last id': [...WHOLE, add(LAST, 'a', '1')],
  'a group before the last id': [...ENTRIES, group('g', '5-0')],
  'more entries read than were added': [...ENTRIES, setId(LAST, 4), group('g', '5-0', 5)],
  'a consumer of no group': [...ENTRIES, setId(LAST, 4), consumer('c', 'g')],
  'a consumer of another group': [...WHOLE, consumer('c', 'h')],
  'a consumer that is there': [...WHOLE, consumer('c', 'g'), consumer('c', 'g')],
  'a claim of what is not there': [...WHOLE, claim('g', 'c', '5-1')],
  'a claim of what is claimed': [...WHOLE, claim('g', 'c', '0-1'), claim('g', 'd', '0-1')],
  'a claim of the future': [...WHOLE, claim('g', 'c', '0-1', 8e15)],
  'a claim before 1970': [...WHOLE, claim('g', 'c', '0-1', -1)],
  'fewer deliveries than none': [...WHOLE, claim('g', 'c', '0-1', 1, -1)],
  'an option that is missing': [...WHOLE, claim('g', 'c', '0-1').slice(0, -1)],
  'a group that goes': [...WHOLE, ['XGROUP', 'DESTROY', 's', 'g']],
  'another command': [...WHOLE, ['XTRIM', 's', 'MAXLEN', '1']],
  'more ids than are remembered': [
    ...Array.from({length: STREAM_IDS_MAX + 1}, (_, i) => add(`${i + 1}-0`, 'f', 'v')),
    setId(LAST, STREAM_IDS_MAX + 1),
    group('g', LAST),
    claim('g', 'c', '1-0'),
  ],
}

test.each(Object.entries(WRONG))('%s: not what was written', (_, commands) => {
  expect(read(commands, false).unlike).toMatch(/not what was written/)
})
