/** What the nodes of a cluster hold, by the snapshots that they send replicas: one after the other, since each has to fork for it. */
import type {Totals} from '../engine/digest/dataset-digest.ts'
import {DigestSink} from '../engine/digest/digest-sink.ts'
import {FullDigest} from '../engine/digest/full-digest.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {EntrySink} from '../formats/entry.ts'
import {FormatError} from '../formats/errors.ts'
import {readEntries} from '../formats/rdb/read-entries.ts'
import {RdbReader} from '../formats/rdb/reader.ts'
import {RdbOpcode} from '../formats/rdb/types.ts'
import {text} from '../formats/text.ts'
import {type Host, RECORDS} from '../io/host.ts'
import type {ClusterData, NodeData} from './cluster-reports.ts'
import {digestOf, libraryTotals} from './full-proof.ts'

export interface ClusterDataOptions {
  /** So many of the inputs are masters, the first ones. */
  masters: number
}

interface Read extends Omit<NodeData, 'libraries'> {
  totals: Totals
  libraries: Map<string, Uint8Array>
}

/** Progress is told every so many keys. */
const TELL_EVERY = 4096

/** @throws RespiteError where a node is in the way. */
export function clusterData(
  host: Host,
  inputs: readonly string[],
  {masters}: ClusterDataOptions,
): ClusterData {
  const nodes = inputs.map((input) => readNode(host, input))
  const own = nodes.slice(0, masters)
  const all = new Map(own.flatMap(({libraries}) => [...libraries]))
  const memory = new Cursor(host.kernel)
  const whole = own.every(({damage}) => damage === null)
  const functions = libraryTotals(memory, [...all.values()])
  return {
    nodes: nodes.map(({totals: _, libraries, ...node}) => ({...node, libraries: libraries.size})),
    digest: whole ? digestOf(memory, [...own.map(({totals}) => totals), functions]) : null,
    sameLibraries: own.every(({libraries}) => libraries.size === all.size),
  }
}

function readNode(host: Host, input: string): Read {
  const opened = host.open(input, {unwrap: false})
  const c = new Cursor(host.kernel).open(opened)
  const digest = new FullDigest(c)
  const sink = new DigestSink(digest)
  const libraries = new Map<string, Uint8Array>()
  const replication = new Map<string, string>()
  let keys = 0
  const told: EntrySink = {
    library: (code) => void libraries.set(text(code), code.slice()),
    record(opcode, {name, value}) {
      if (opcode === RdbOpcode.AUX) replication.set(text(name), text(value))
    },
    entry(entry) {
      if (++keys % TELL_EVERY === 0) host.counters[RECORDS] += TELL_EVERY
      sink.entry(entry)
    },
  }
  const damage = damageIn(() => readEntries(new RdbReader(c), told))
  opened.close()
  const totals = digest.totals()
  const functions = libraryTotals(c, [...libraries.values()])
  const id = replication.get('repl-id')
  return {
    ...{keys, totals, libraries, damage},
    digest: damage === null ? digestOf(c, [totals, functions]) : null,
    position: id === undefined ? null : `${id}:${replication.get('repl-offset')}`,
  }
}

function damageIn(read: () => void): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return error.message
  }
}
