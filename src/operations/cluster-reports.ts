/** What `pull --cluster` returns, and keeps as cluster.json beside the files. */
import type {PullReport} from './pull-reports.ts'

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
