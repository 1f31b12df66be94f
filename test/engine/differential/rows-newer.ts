/** Commands that came after 7.0, by weight and by the servers that have them. */
import type {WeightedRow} from './rows-zsets.ts'
import type {Pool} from './words.ts'

const FAR_MS = 4102444800000

/** Fields go at once or stay: what lies between, a server and its log see at different times. */
function fieldExpiry(p: Pool): string[] {
  return p.pick([
    ['EX', '9000000'],
    ['px', '9000000000'],
    ['EXAT', String(FAR_MS / 1000 + Number(p.int(9)))],
    ['PXAT', String(FAR_MS + Number(p.int(9)))],
    ['PXAT', '1'],
  ])
}

const fields = (p: Pool): string[] => {
  const names = p.many(4, p.member)
  return ['FIELDS', String(names.length), ...names]
}

const pairs = (p: Pool): string[] => {
  const names = p.many(4, p.member)
  return ['FIELDS', String(names.length), ...names.flatMap((name) => [name, p.value()])]
}

const conditions = (p: Pool): string[] => p.maybe(40, p.pick(['NX', 'XX', 'gt', 'LT']))

const EXPIRING_FIELDS: readonly WeightedRow[] = [
  [5, (p) => ['HEXPIRE', p.key(), p.pick(['9000000', '0', 'x']), ...conditions(p), ...fields(p)]],
  [5, (p) => ['HPEXPIRE', p.key(), '8000000000', ...conditions(p), ...fields(p)]],
  [4, (p) => ['HEXPIREAT', p.key(), String(FAR_MS / 1000), ...conditions(p), ...fields(p)]],
  [
    6,
    (p) => [
      'HPEXPIREAT',
      p.key(),
      p.pick([String(FAR_MS + Number(p.int(9))), '1']),
      ...conditions(p),
      ...fields(p),
    ],
  ],
  [4, (p) => ['HPERSIST', p.key(), ...fields(p)]],
]

const FIELD_OPTIONS: readonly WeightedRow[] = [
  [
    8,
    (p) => [
      'HSETEX',
      p.key(),
      ...p.maybe(30, p.pick(['FNX', 'fxx'])),
      ...p.pick([[], ['KEEPTTL'], fieldExpiry(p), fieldExpiry(p)]),
      ...pairs(p),
    ],
  ],
  [4, (p) => ['HGETEX', p.key(), ...p.pick([['PERSIST'], fieldExpiry(p)]), ...fields(p)]],
]

const HGETDEL: readonly WeightedRow[] = [[4, (p) => ['HGETDEL', p.key(), ...fields(p)]]]

const IFEQ: readonly WeightedRow[] = [
  [6, (p) => ['SET', p.key(), p.value(), 'IFEQ', p.value(), ...p.maybe(30, 'PXAT', `${FAR_MS}`)]],
]

const DELIFEQ: readonly WeightedRow[] = [[4, (p) => ['DELIFEQ', p.key(), p.value()]]]

const MSETEX: readonly WeightedRow[] = [
  [
    6,
    (p) => {
      const keys = p.keys()
      const words = keys.flatMap((key) => [key, p.value()])
      const expiry = p.pick([[], ['KEEPTTL'], ['EX', '9000000'], ['PXAT', `${FAR_MS}`]])
      const condition = p.maybe(30, p.pick(['NX', 'XX']))
      return ['MSETEX', String(keys.length), ...words, ...condition, ...expiry]
    },
  ],
]

const POLYGONS: readonly WeightedRow[] = [
  [
    4,
    (p) => {
      const corner = () => [String(p.random.int(120) - 60), String(p.random.int(120) - 60)]
      const corners = Array.from({length: 3 + p.random.int(3)}, corner)
      const search = ['BYPOLYGON', String(corners.length), ...corners.flat()]
      return ['GEOSEARCHSTORE', p.key(), p.key(), ...search, ...p.maybe(40, 'ASC', 'COUNT', '2')]
    },
  ],
]

/** From which versions on, as numbers of three digits. */
const NEWER: readonly (readonly [redis: number, valkey: number, rows: readonly WeightedRow[]])[] = [
  [704, 900, EXPIRING_FIELDS],
  [800, 900, FIELD_OPTIONS],
  [800, 901, HGETDEL],
  [804, 801, IFEQ],
  [Number.POSITIVE_INFINITY, 900, DELIFEQ],
  [804, 901, MSETEX],
  [Number.POSITIVE_INFINITY, 900, POLYGONS],
]

/** `Valkey 9.1.2` as 901. */
function numberOf(version: string): {isValkey: boolean; number: number} {
  const [, name, major, minor] = /^(\w+) (\d+)\.(\d+)/.exec(version) ?? []
  return {isValkey: name === 'Valkey', number: Number(major) * 100 + Number(minor)}
}

export function newerRows(version: string): WeightedRow[] {
  const {isValkey, number} = numberOf(version)
  return NEWER.flatMap(([redis, valkey, rows]) =>
    number >= (isValkey ? valkey : redis) ? [...rows] : [],
  )
}

/** Do fields of hashes expire there? */
export function hasFieldExpiries(version: string): boolean {
  const {isValkey, number} = numberOf(version)
  return number >= (isValkey ? 900 : 704)
}
