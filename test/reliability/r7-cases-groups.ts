/** Groups of a stream with the entries 1000-1 and 1001-1: sound ones, and what can be wrong with them. */
import type {Id, StreamGroup} from '../support/streams.ts'

const FIRST: Id = '1000-1'
const second: Id = '1001-1'
const one = {name: 'g', lastId: FIRST, entriesRead: 1} as const
const pending = [{id: FIRST, time: 1700000000000, count: 1}] as const
const owner = {name: 'c', seen: 1700000000000, active: 1700000000000, owns: [FIRST]} as const
const two = [...pending, {id: second, time: 1700000000000, count: 3}] as const

export const STREAM_GROUPS: readonly (readonly [string, readonly StreamGroup[]])[] = [
  ['sound', [{...one, pending, consumers: [owner]}]],
  ['without consumers', [one]],
  ['pending without a consumer', [{...one, pending}]],
  ['pending, consumer owns nothing', [{...one, pending, consumers: [{...owner, owns: []}]}]],
  ['one of two without an owner', [{...one, pending: two, consumers: [owner]}]],
  ['owned, not pending', [{...one, consumers: [owner]}]],
  ['another owned than pending', [{...one, pending, consumers: [{...owner, owns: [second]}]}]],
  ['pending twice', [{...one, pending: [...pending, ...pending], consumers: [owner]}]],
  ['owned twice by one', [{...one, pending, consumers: [{...owner, owns: [FIRST, FIRST]}]}]],
  ['owned by two', [{...one, pending, consumers: [owner, {...owner, name: 'd'}]}]],
  [
    'owned by two, another by none',
    [{...one, pending: two, consumers: [owner, {...owner, name: 'd'}]}],
  ],
  ['one each', [{...one, pending: two, consumers: [owner, {...owner, name: 'd', owns: [second]}]}]],
  [
    'consumer name twice',
    [
      {
        ...one,
        consumers: [
          {...owner, owns: []},
          {...owner, owns: []},
        ],
      },
    ],
  ],
  ['group name twice', [one, one]],
  [
    'same consumer in two groups',
    [
      {...one, pending, consumers: [owner]},
      {...one, name: 'h', pending, consumers: [owner]},
    ],
  ],
  ['empty names', [{...one, name: '', pending, consumers: [{...owner, name: ''}]}]],
  [
    'empty group name twice',
    [
      {...one, name: ''},
      {...one, name: ''},
    ],
  ],
  [
    'names in the order of no tree',
    [
      {...one, name: 'z'},
      {...one, name: 'a'},
    ],
  ],
  [
    'pending not in order',
    [{...one, pending: [two[1], two[0]], consumers: [{...owner, owns: [second, FIRST]}]}],
  ],
  [
    'pending of an entry that is gone',
    [{...one, pending: [{...two[0], id: '5-5'}], consumers: [{...owner, owns: ['5-5']}]}],
  ],
  ['last id above the stream', [{...one, lastId: '9999-9'}]],
  ['read more than added', [{...one, entriesRead: 99}]],
  ['delivery count 0', [{...one, pending: [{...pending[0], count: 0}], consumers: [owner]}]],
  ['delivery time negative', [{...one, pending: [{...pending[0], time: -5}], consumers: [owner]}]],
  ['times negative', [{...one, pending, consumers: [{...owner, seen: -1, active: -1}]}]],
  ['300 groups', Array.from({length: 300}, (_, i) => ({...one, name: `g${i}`}))],
  [
    '300 groups, one twice',
    [...Array.from({length: 300}, (_, i) => ({...one, name: `g${i}`})), {...one, name: 'g5'}],
  ],
]
