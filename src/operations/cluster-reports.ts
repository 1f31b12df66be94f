/** What commands about whole clusters return. The first is kept as cluster.json beside the files. */
import type {PullReport} from './pull-reports.ts'
import type {SlotRanges} from './split-reports.ts'

export interface PulledNode {
  address: string
  /** Both ends included. */
  slots: [first: number, last: number][]
  file: string
  bytes: number
  keys: number
  replication: PullReport['replication']
}

export interface ClusterPullReport {
  schema: 'respite.cluster-pull/1'
  input: string
  output: string
  /** pulled: all of it. refused: a node sent no sound snapshot, or the slots moved meanwhile; nothing is kept. */
  verdict: 'pulled' | 'refused'
  keys: number
  bytes: number
  nodes: PulledNode[]
  /** Slots that no node serves. */
  uncovered: number
  reason: string | null
  next: string | null
}

export interface BootstrapNode {
  name: string
  address: string
  /** Path of the part; null where the plan has ranges only. */
  file: string | null
  slots: SlotRanges
  /** Of the part; null where they were not counted. */
  keys: number | null
  /** That the node holds; null where it was not asked. */
  keysThere: number | null
  /** Why it cannot be taken as it is. */
  problem: string | null
}

export interface BootstrapReport {
  schema: 'respite.cluster-bootstrap/1'
  input: string
  /** planned: nothing was asked or done. formed: all nodes say that it is up. refused: nothing was changed. waiting: not up in time. */
  verdict: 'planned' | 'formed' | 'refused' | 'waiting'
  nodes: BootstrapNode[]
  /** planned: what to type. Else what was done, in order. */
  commands: string[]
  reason: string | null
  next: string | null
}
