/** Fixtures of streams in every form, and of key metadata, which came with RDB 13. */
import {aux, bytes, entry, expireMs, len, rdbFile, selectDb, str, u32le} from './bytes.ts'
import {stream} from './streams.ts'
import {type BuiltFixture, base64, streamRow, stringRow} from './truth.ts'

const Y2100 = 4102444800000
const SEEN = 1790000000000

/** Redis 8.6: two producers of idempotent messages, one without any. */
const stream4 = stream({
  type: 26,
  nodes: [
    [
      {id: '1-1', pairs: ['f', 'v']},
      {id: '1-2', pairs: ['f', 7]},
    ],
  ],
  lastId: '1-2',
  entriesAdded: 2,
  groups: [
    {
      name: 'g',
      lastId: '1-1',
      entriesRead: 1,
      pending: [{id: '1-1', time: SEEN, count: 1}],
      consumers: [{name: 'c', seen: SEEN, active: -1, owns: ['1-1']}],
    },
  ],
  idmp: {
    durationSeconds: 100,
    maxEntries: 100,
    producers: [
      {
        id: 'p1',
        iids: [
          ['iid1', '1-1'],
          ['iid2', '1-2'],
        ],
      },
      {id: 'p2', iids: []},
    ],
    added: 2,
    duplicates: 1,
  },
})

const stream4Row = streamRow('stream', {
  length: 2,
  lastId: '1-2',
  entriesAdded: '2',
  maxDeletedId: '0-0',
  recordedFirstId: '1-1',
  entries: [
    ['1-1', [base64('f'), base64('v')]],
    ['1-2', [base64('f'), base64('7')]],
  ],
  groups: [
    {
      name: base64('g'),
      lastId: '1-1',
      entriesRead: '1',
      consumers: [{name: base64('c'), pending: 1, seenTime: SEEN, activeTime: -1}],
      pending: [['1-1', base64('c'), SEEN, 1]],
    },
  ],
  idmp: {
    durationSeconds: '100',
    maxEntries: '100',
    iidsAdded: '2',
    iidsDuplicates: '1',
    producers: [
      {
        id: base64('p1'),
        iids: [
          [base64('iid1'), '1-1'],
          [base64('iid2'), '1-2'],
        ],
      },
      {id: base64('p2'), iids: []},
    ],
  },
})

const KEY_META_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'

/** Class of key metadata: four characters of 6 bits, a version of 5 bits, flags of 3. */
function metaClass(name: string, version: number, flags: number): Buffer {
  const chars = [...name].reduce((n, c) => n * 64 + KEY_META_ALPHABET.indexOf(c), 0)
  return u32le(chars * 256 + version * 8 + flags)
}

/** One class that may be ignored, with an unsigned number and a string. */
const keyMeta = bytes(
  0xf3,
  len(1),
  metaClass('mtst', 1, 1),
  len(2),
  len(77),
  len(5),
  str('note'),
  0,
)

const redis13: BuiltFixture = {
  name: 'redis-13',
  about: 'Redis 8.6: stream with idempotent producers (type 26), key metadata (opcode 243)',
  file: rdbFile({
    version: 13,
    body: bytes(
      aux('redis-ver', '8.6.3'),
      selectDb(0),
      entry(26, 'stream', stream4),
      expireMs(Y2100),
      keyMeta,
      entry(0, 'with metadata', str('v')),
      entry(0, 'plain', str('v')),
    ),
  }),
  truth: {
    version: 13,
    dialect: 'redis',
    rows: [
      stream4Row,
      stringRow('with metadata', 'v', {expireAtMs: Y2100}),
      stringRow('plain', 'v'),
    ],
    notes: {keyMeta: ['with metadata']},
  },
}

/** Redis 8.8: 1-1 was given back and belongs to nobody, 2-1 is pending. */
const stream5 = stream({
  type: 27,
  nodes: [
    [
      {id: '1-1', pairs: ['f', 'v']},
      {id: '2-1', pairs: ['f', 'v2']},
    ],
  ],
  lastId: '2-1',
  entriesAdded: 2,
  groups: [
    {
      name: 'g',
      lastId: '2-1',
      entriesRead: 2,
      pending: [
        {id: '1-1', time: 0, count: 1},
        {id: '2-1', time: SEEN, count: 1},
      ],
      consumers: [{name: 'c', seen: SEEN, active: SEEN, owns: ['2-1']}],
      nacked: ['1-1'],
    },
  ],
})

const stream5Row = streamRow('stream', {
  length: 2,
  lastId: '2-1',
  entriesAdded: '2',
  maxDeletedId: '0-0',
  recordedFirstId: '1-1',
  entries: [
    ['1-1', [base64('f'), base64('v')]],
    ['2-1', [base64('f'), base64('v2')]],
  ],
  groups: [
    {
      name: base64('g'),
      lastId: '2-1',
      entriesRead: '2',
      consumers: [{name: base64('c'), pending: 1, seenTime: SEEN, activeTime: SEEN}],
      pending: [
        ['1-1', null, 0, 1],
        ['2-1', base64('c'), SEEN, 1],
      ],
      nacked: ['1-1'],
    },
  ],
  idmp: {
    durationSeconds: '100',
    maxEntries: '100',
    iidsAdded: '0',
    iidsDuplicates: '0',
    producers: [],
  },
})

const redis14: BuiltFixture = {
  name: 'redis-14',
  about: 'Redis 8.8: stream with a NACK zone (type 27)',
  file: rdbFile({
    version: 14,
    body: bytes(aux('redis-ver', '8.8.0'), selectDb(0), entry(27, 'stream', stream5)),
  }),
  truth: {
    version: 14,
    dialect: 'redis',
    rows: [stream5Row],
  },
}

const emptyStream = stream({type: 15, nodes: [], lastId: '10-1'})

const redis9Streams: BuiltFixture = {
  name: 'redis-9-streams',
  about:
    'type 15 in corner cases: an empty stream, several nodes, deleted items, negative differences',
  file: rdbFile({
    version: 9,
    body: bytes(
      selectDb(0),
      entry(15, 'empty', emptyStream),
      entry(
        15,
        'nodes',
        stream({
          type: 15,
          nodes: [
            [
              {id: '1000-5', pairs: ['a', 1, 'b', 2]},
              {id: '1000-6', pairs: ['a', 3, 'b', 4], deleted: true},
              {id: '1005-0', pairs: ['c', 'x']},
            ],
            [{id: '2000-0', pairs: ['', '']}],
          ],
          lastId: '2000-7',
        }),
      ),
    ),
  }),
  truth: {
    version: 9,
    dialect: 'redis',
    loadsIn70: true,
    rows: [
      streamRow('empty', {
        length: 0,
        lastId: '10-1',
        entriesAdded: '0',
        maxDeletedId: '0-0',
        recordedFirstId: '0-0',
        entries: [],
        groups: [],
      }),
      streamRow('nodes', {
        length: 3,
        lastId: '2000-7',
        entriesAdded: '3',
        maxDeletedId: '0-0',
        recordedFirstId: '1000-5',
        entries: [
          ['1000-5', ['a', '1', 'b', '2'].map(base64)],
          ['1005-0', ['c', 'x'].map(base64)],
          ['2000-0', ['', '']],
        ],
        groups: [],
      }),
    ],
  },
}

export const BUILT_STREAMS: readonly BuiltFixture[] = [redis9Streams, redis13, redis14]
