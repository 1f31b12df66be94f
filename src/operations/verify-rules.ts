/** Rules for `verify`: a JSON object whose members are all optional. */
import {Exit, RespiteError} from '../errors.ts'
import {parseDuration} from './duration.ts'

export interface VerifyRules {
  minKeys?: number
  /** `26h` in the file. */
  maxAgeMs?: number
  maxKeysWithoutTtl?: number
  /** Bytes of a value's elements. */
  maxValueBytes?: number
  /** What no key may begin with. */
  forbiddenPrefixes?: string[]
}

/** Null where the value does not fit. */
type Take = (value: unknown) => VerifyRules | null

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
const isPrefix = (value: unknown): boolean => typeof value === 'string' && value !== ''

function ageRule(value: unknown): VerifyRules | null {
  const maxAgeMs = typeof value === 'string' ? parseDuration(value) : null
  return maxAgeMs === null ? null : {maxAgeMs}
}

/** By name: what its value has to be, and what it becomes. */
const RULES: ReadonlyMap<string, readonly [what: string, take: Take]> = new Map([
  ['minKeys', ['a count', (value) => (isCount(value) ? {minKeys: value} : null)]],
  ['maxAge', ['a span of time like "26h"', ageRule]],
  [
    'maxKeysWithoutTtl',
    ['a count', (value) => (isCount(value) ? {maxKeysWithoutTtl: value} : null)],
  ],
  [
    'maxValueBytes',
    ['a number of bytes', (value) => (isCount(value) ? {maxValueBytes: value} : null)],
  ],
  [
    'forbiddenPrefixes',
    [
      'a list of strings that are not empty',
      (value) =>
        Array.isArray(value) && value.every(isPrefix) ? {forbiddenPrefixes: value} : null,
    ],
  ],
])

/** Read rules from JSON. @throws RespiteError USAGE. */
export function parseRules(text: string, path: string): VerifyRules {
  const document = parseObject(text, path)
  const rules: VerifyRules = {}
  for (const [name, value] of Object.entries(document)) {
    const rule = RULES.get(name)
    if (!rule) {
      const known = [...RULES.keys()].join(', ')
      throw usage(`${path}: there is no rule ${JSON.stringify(name)}; there are ${known}`)
    }
    const [what, take] = rule
    const taken = take(value)
    if (taken === null) throw usage(`${path}: ${name} is to be ${what}`)
    Object.assign(rules, taken)
  }
  return rules
}

/** @throws RespiteError USAGE when it is no JSON object. */
export function parseObject(text: string, path: string): Record<string, unknown> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usage(`${path}: not JSON`)
  }
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  if (!isObject) throw usage(`${path}: not a JSON object`)
  return document as Record<string, unknown>
}

export function usage(message: string): RespiteError {
  return new RespiteError(Exit.USAGE, 'USAGE', message)
}
