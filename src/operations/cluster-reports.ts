/** What commands about whole clusters return. The first is kept as cluster.json beside the files. */
import type {PullReport} from './pull-reports.ts'
import type {SlotRanges} from './split-reports.ts'

export interface PulledNode {
  /** Of the master when it began. */
  address: string
  /** Who sent the snapshot: the master, or a replica of it. */
  from: string
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

export type ClusterFindingCode =
  | 'CLUSTER_UNREACHABLE'
  | 'CLUSTER_FAILING'
  | 'CLUSTER_DOWN'
  | 'CLUSTER_UNCOVERED'
  | 'CLUSTER_SLOT_TWICE'
  | 'CLUSTER_DISAGREE'
  | 'CLUSTER_MOVING'
  | 'CLUSTER_STRAY'
  | 'CLUSTER_LINK_DOWN'
  | 'CLUSTER_REPLICA_UNLIKE'
  | 'CLUSTER_NO_REPLICA'
  | 'CLUSTER_FUNCTIONS'
  | 'CLUSTER_DAMAGED'
  | 'CLUSTER_UNLIKE'

export interface ClusterFinding {
  code: ClusterFindingCode
  severity: 'error' | 'warning' | 'note'
  /** Address of the node; null where it is about all of them. */
  node: string | null
  message: string
}

export interface VerifiedNode {
  id: string
  address: string
  role: 'master' | 'replica'
  /** Address of the master that a replica follows. */
  master: string | null
  slots: SlotRanges
  /** Null where it could not be asked. */
  keys: number | null
  /** Keys of slots that another node serves; null for replicas. */
  strayKeys: number | null
  /** respite-full/1 of a snapshot, functions included; null where none was taken. */
  digest: string | null
}

export interface ClusterVerifyReport {
  schema: 'respite.cluster-verify/1'
  input: string
  /** failed: at least one error. warnings: none, but a warning. */
  verdict: 'ok' | 'warnings' | 'failed'
  /** Of all masters. */
  keys: number
  nodes: VerifiedNode[]
  /** Slots that no node serves. */
  uncovered: number
  /** respite-full/1 of what all masters hold, functions counted once; null where it was not read. */
  digest: string | null
  against: {input: string; digest: string | null} | null
  findings: ClusterFinding[]
}

/** What the snapshots of nodes hold. */
export interface NodeData {
  digest: string | null
  keys: number
  libraries: number
  /** In the stream of the master, `id:offset`; null where it does not say. */
  position: string | null
  /** Why there is no digest. */
  damage: string | null
}

export interface ClusterData {
  nodes: NodeData[]
  /** Of the masters together. */
  digest: string | null
  /** All masters have the same functions. */
  sameLibraries: boolean
}
