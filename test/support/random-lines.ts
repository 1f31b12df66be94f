/** Lines of JSON as `convert` writes them, random ones and mutants; see docs/jsonl.md. */
import type {Random} from './random.ts'

export const HEAD = '{"schema":"respite.jsonl/1","dialect":"redis","rdbVersion":10}\n'
export const FIRST =
  '{"aux":["redis-ver","7.0.15"]}\n{"aux":["ctime","1700000000"]}\n{"function":"#!lua"}\n'

export const whole = (lines: readonly string[]): string =>
  `${HEAD}${FIRST}${lines.join('\n')}\n{"end":{"keys":${lines.length}}}\n`

const TEXTS = [
  ...['', 'a', '0', '-0', '17', 'member', 'sixteen letters.', 'seventeen letters'],
  ...[
    '"',
    '\\',
    '\\"',
    '\n\t\b\f\r',
    '\u0000\u001f\u007f',
    '/',
    'é',
    'é'.repeat(20),
    '😀',
    '\u2028',
  ],
  ...[
    '{"db":0,"key":"k"}',
    'x'.repeat(31),
    `${'x'.repeat(40)}"${'y'.repeat(40)}`,
    `${'z'.repeat(15)}ß`,
  ],
]
const BLOBS = ['', 'gA==', 'gIE=', 'gIGC', `${'gIGC'.repeat(20)}/w==`]
const SCORES = [
  '0',
  '1',
  '-1',
  '0.5',
  '1700860902',
  '-12.25',
  '1e300',
  '"inf"',
  '"-inf"',
  '-0',
  '0.0',
]

const text = (random: Random): string =>
  random.int(8) === 0 ? `{"base64":"${random.pick(BLOBS)}"}` : JSON.stringify(random.pick(TEXTS))

/** Different ones, but now and then. */
function texts(random: Random): string[] {
  const all = Array.from({length: 1 + random.int(random.int(10) === 0 ? 200 : 12)}, (_, i) =>
    random.int(3) === 0 ? text(random) : `"${random.pick(['field', 'é', '\\n'])}${i}"`,
  )
  return random.int(20) === 0 ? all : [...new Set(all)]
}

const IDS = [
  ...['1-0', '1-1', '2-0', '5-1844674407370955161', '1700000000000-0', '9999999999999999999-007'],
]
/** With more digits than a kernel reads. */
const LARGE_IDS = IDS.with(3, '5-18446744073709551615')
const NO_FLAW = 7

/** With a flaw now and then, or with what only looks like one. */
function group(random: Random, i: number): string {
  const flaw = random.int(4 * NO_FLAW)
  const ids = IDS.slice(0, random.int(IDS.length))
  const times = flaw === 0 ? '-5,1' : `1700000000000,${random.int(100)}`
  const listed = flaw === 1 ? ids.toReversed() : flaw === 2 ? [...ids, ...ids.slice(-1)] : ids
  const half = random.int(ids.length + 1)
  const others = ids.slice(flaw === 3 ? 0 : half)
  // One that two have, so that another one has none.
  if (flaw === 4 && half > 0 && others.length > 0) others[0] = ids[0]
  const consumers = [ids.slice(0, half), others].map((each, k) => {
    const name = JSON.stringify(flaw === 5 ? 'twice' : `${random.pick(TEXTS)}${k}`)
    const active = random.pick(['-1', '1700000000000'])
    const own = each.map((id) => `"${id}"`).join()
    return `{"name":${name},"seenAtMs":0,"activeAtMs":${active},"pending":[${own}]}`
  })
  if (flaw === 6) consumers.pop()
  const name = JSON.stringify(random.int(12) === 0 ? 'twice' : `${random.pick(TEXTS)}${i}`)
  const read = random.pick(['null', '0', '17'])
  const facts = `"name":${name},"lastId":"${random.pick(IDS)}","entriesRead":${read}`
  const pending = listed.map((id) => `["${id}",${times}]`).join()
  const none = ids.length === 0 && random.int(2) === 0
  const parts = none ? '' : `,"consumers":[${consumers.join()}]`
  return `{${facts},"pending":[${pending}]${parts}}`
}

/** Its ids fall now and then; it may be empty. */
function stream(random: Random): string {
  const all = random.int(20) === 0 ? LARGE_IDS : IDS
  const ids = random.int(20) === 0 ? [random.pick(IDS), random.pick(IDS)] : all
  const entries = ids.slice(0, random.int(20) === 0 ? 0 : 6).map((id) => {
    const fields = Array.from({length: random.int(4)}, () => `,${text(random)},${text(random)}`)
    return `["${id}"${fields.join('')}]`
  })
  const [lastId, firstId, maxDeletedId] = [0, 0, 0].map(() => random.pick(IDS))
  const added = random.pick(
    random.int(40) === 0 ? ['00'] : ['0', '17', '17', '"18446744073709551615"'],
  )
  const meta = `"lastId":"${lastId}","firstId":"${firstId}","maxDeletedId":"${maxDeletedId}"`
  const list = Array.from({length: random.int(4)}, (_, i) => group(random, i))
  const groups = list.length > 0 ? `,"groups":[${list.join()}]` : ''
  return `{"entries":[${entries.join()}],${meta},"entriesAdded":${added}${groups}}`
}

const VALUES: Readonly<Record<string, (random: Random) => string>> = {
  string: text,
  list: (random) => texts(random).join(),
  set: (random) => texts(random).join(),
  zset: (random) =>
    texts(random)
      .map((member) => `[${member},${random.int(300) === 0 ? '00' : random.pick(SCORES)}]`)
      .join(),
  hash: (random) =>
    texts(random)
      .map((field) => `[${field},${text(random)}${random.int(6) === 0 ? ',4102444800123' : ''}]`)
      .join(),
  stream,
}

export function line(random: Random): string {
  const type = random.pick(Object.keys(VALUES))
  const value = VALUES[type](random)
  const attributes = [
    ...(random.int(4) === 0
      ? [
          `"expiresAtMs":${random.int(30) === 0 ? '007' : random.pick(['0', '4102444800123', '-5'])}`,
        ]
      : []),
    ...(random.int(4) === 0 ? [`"idleSeconds":${random.int(100000)}`] : []),
    ...(random.int(4) === 0 ? [`"freq":${random.int(258)}`] : []),
    `"type":"${type}"`,
    ...(random.int(2) === 0 ? ['"encoding":"listpack"'] : []),
  ]
  const isList = type !== 'string' && type !== 'stream'
  const key = `{"db":${random.pick([0, 3, 2147483647])},"key":${text(random)}`
  return `${key},${attributes.join()},"value":${isList ? `[${value}]` : value}}`
}

const PARTS = [',', ':', '"', '\\', '[', ']', '{', '}', '0', '-', 'e', ' ', '\n', '\\u00e9', 'null']

export function changed(content: Uint8Array, random: Random): Uint8Array {
  const at = HEAD.length + random.int(content.length - HEAD.length)
  const rest = content.subarray(at)
  const what = random.int(4)
  if (what === 0) return Buffer.concat([content.subarray(0, at), rest.subarray(1 + random.int(3))])
  if (what === 1) {
    return Buffer.concat([content.subarray(0, at), Buffer.from(random.pick(PARTS)), rest])
  }
  const flipped = Buffer.from(content)
  flipped[at] ^= what === 2 ? 1 << random.int(8) : 1 + random.int(255)
  return flipped
}
