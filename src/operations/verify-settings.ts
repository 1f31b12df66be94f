/** What the flags of `verify` and the files that they name come to. */
import {readText, readTextIfAny} from '../io/read-text.ts'
import {parseDuration} from './duration.ts'
import type {VerifyOptions} from './verify.ts'
import {parseBaseline} from './verify-baseline.ts'
import {parseRules, usage, type VerifyRules} from './verify-rules.ts'

export interface VerifyFlags {
  config?: string | undefined
  'max-age'?: string | undefined
  'min-keys'?: number | undefined
  'max-drift'?: string | undefined
  rules?: string | undefined
  baseline?: string | undefined
  'update-baseline': boolean
}

/** Flags weigh more than rules of the same name. @throws RespiteError USAGE, InputError. */
export function verifyOptions(flags: VerifyFlags, nowMs: number): VerifyOptions {
  const {config, rules: path, baseline, 'max-age': maxAge, 'min-keys': minKeys} = flags
  const rules: VerifyRules = path === undefined ? {} : parseRules(readText(path), path)
  if (maxAge !== undefined) rules.maxAgeMs = ageOf(maxAge)
  if (minKeys !== undefined) rules.minKeys = minKeys
  const options: VerifyOptions = {nowMs, rules}
  if (config !== undefined) options.config = config
  if (flags['max-drift'] !== undefined) options.maxDriftPercent = percentOf(flags['max-drift'])
  if (baseline !== undefined) {
    const text = flags['update-baseline'] ? null : readTextIfAny(baseline)
    options.baseline = text === null ? null : parseBaseline(text, baseline)
  }
  return options
}

function ageOf(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw usage(`--max-age ${text}: write a span of time like 26h, 90m or 2d`)
  return ms
}

function percentOf(text: string): number {
  if (!/^\d{1,6}(\.\d{1,6})?%?$/.test(text)) {
    throw usage(`--max-drift ${text}: write a percentage like 20%`)
  }
  return Number.parseFloat(text)
}
