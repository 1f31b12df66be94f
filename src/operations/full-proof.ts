/** Full digests of what outputs have to hold and of what they do: those of several inputs or outputs add up. */
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import type {HashMemory} from '../engine/digest/hash-memory.ts'
import type {EntrySink} from '../formats/entry.ts'
import type {Feature} from '../formats/rdb/features.ts'
import type {Host} from '../io/host.ts'
import type {Holder} from './convert-plan.ts'
import {type ReadBack, readBackReplayed, readBackWholeRdb} from './convert-proof.ts'
import {ConvertSink} from './convert-sink.ts'
import {countersOf, type Form} from './convert-target.ts'
import {DigestingWriter} from './digesting-writer.ts'

/** What outputs are to be like. */
export interface Shape {
  form: Form
  holder: Holder
  /** Features that they are without. */
  lost: ReadonlySet<Feature>
}

/** What `read` gives to a sink comes to, as it will be read from an output. `memory` is what its entries lie in. */
export function wantedTotals(
  memory: HashMemory,
  {form, holder, lost}: Shape,
  read: (sink: EntrySink) => void,
): Totals {
  const digest = new FullDigest(memory)
  const counters = countersOf(form)
  const options = {lost, counters, digest, memory, holder, bulk: false} as const
  read(new ConvertSink(new DigestingWriter(digest, holder, memory), options))
  return digest.totals()
}

/** What libraries alone come to. */
export function libraryTotals(memory: HashMemory, libraries: readonly Uint8Array[]): Totals {
  const digest = new FullDigest(memory)
  for (const code of libraries) digest.library(code)
  return digest.totals()
}

/** The digest of all of these together. */
export function digestOf(memory: HashMemory, totals: readonly Totals[]): string {
  const digest = new FullDigest(memory)
  for (const each of totals) digest.addTotals(each)
  return digest.finish()
}

/** Read a whole output back. */
export function readBack(host: Host, path: string, {form, lost}: Shape): ReadBack {
  if (form === 'rdb') return readBackWholeRdb(host, path)
  const digestOver = (memory: HashMemory) => new FullDigest(memory)
  return readBackReplayed(host, [{path, name: path}], lost, digestOver, countersOf(form))
}
