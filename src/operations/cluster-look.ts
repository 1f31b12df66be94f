/** What all nodes of a cluster say, side by side, and what is wrong with that. */
import {isOwn} from '../errors.ts'
import {Client} from '../net/client.ts'
import {nodeAt} from '../net/cluster-slots.ts'
import {
  countSlots,
  type NodeView,
  placeOf,
  readNodes,
  readView,
  slotsIn,
} from '../net/cluster-view.ts'
import {SLOTS} from '../net/key-slot.ts'
import type {KnownNode} from '../net/nodes-conf.ts'
import {keyCount} from '../net/server-info.ts'
import type {ServerSettings} from '../net/server-settings.ts'
import type {ClusterFinding, ClusterFindingCode} from './cluster-reports.ts'

export interface AskedNode {
  /** As the node that was asked first knows it. */
  known: KnownNode
  address: string
  settings: ServerSettings
  /** Null where it does not answer. */
  view: NodeView | null
  keys: number | null
  /** Null for replicas, and where it does not answer. */
  strayKeys: number | null
}

export interface LookedAtCluster {
  nodes: AskedNode[]
  uncovered: number
  findings: ClusterFinding[]
}

/** @throws RespiteError AUTH, NETWORK where the first node cannot be asked. */
export async function lookAtCluster(
  settings: ServerSettings,
  until: AbortSignal,
): Promise<LookedAtCluster> {
  const first = await Client.connect(settings, until)
  const known = await readNodes(first).finally(() => first.close())
  const findings: ClusterFinding[] = []
  const nodes: AskedNode[] = []
  for (const node of known) {
    // Those that are just coming, and those that are known by name only.
    if (node.flags.has('handshake') || node.flags.has('noaddr')) continue
    nodes.push(await ask(node, settings, until, findings))
  }
  const look = {nodes, uncovered: 0, findings}
  look.uncovered = compareSlots(look)
  addLinks(look)
  return look
}

const finding = (
  code: ClusterFindingCode,
  node: string | null,
  message: string,
  severity: ClusterFinding['severity'] = 'error',
): ClusterFinding => ({code, severity, node, message})

async function ask(
  known: KnownNode,
  settings: ServerSettings,
  until: AbortSignal,
  findings: ClusterFinding[],
): Promise<AskedNode> {
  const place = placeOf(known.address)
  const host = place.host === '' ? settings.host : place.host
  const address = `${host}:${place.port}`
  const own = nodeAt(settings, host, place.port)
  const node: AskedNode = {
    ...{known, address, settings: own},
    ...{view: null, keys: null, strayKeys: null},
  }
  if (known.flags.has('fail') || known.flags.has('fail?')) {
    findings.push(finding('CLUSTER_FAILING', address, 'others say that it is failing'))
  }
  try {
    const client = await Client.connect(own, until)
    try {
      node.view = await readView(client)
      node.keys = keyCount(node.view.info)
      if (node.view.self.master === null) await addStrays(client, node, findings)
    } finally {
      client.close()
    }
  } catch (error) {
    if (!isOwn(error)) throw error
    findings.push(finding('CLUSTER_UNREACHABLE', address, error.message))
  }
  return node
}

/** Keys in slots that the node neither serves nor is just getting or giving away. */
async function addStrays(
  client: Client,
  node: AskedNode,
  findings: ClusterFinding[],
): Promise<void> {
  const {slots, moving} = node.view!.self
  const own = new Set([...slotsIn(slots), ...moving])
  const strays = (await countSlots(client)).map((count, slot) => (own.has(slot) ? 0 : count))
  node.strayKeys = strays.reduce((sum, count) => sum + count, 0)
  if (moving.length > 0) {
    const message = `slot ${moving[0]} is on its way from one node to another`
    findings.push(finding('CLUSTER_MOVING', node.address, message, 'warning'))
  }
  if (node.strayKeys === 0) return
  const slot = strays.findIndex((count) => count > 0)
  const message = `holds ${node.strayKeys} keys of slots that it does not serve, such as slot ${slot}: nobody can read them`
  findings.push(finding('CLUSTER_STRAY', node.address, message))
}

/** Who serves which slot, by what each says of itself; and who thinks otherwise. Returns how many nobody serves. */
function compareSlots({nodes, findings}: LookedAtCluster): number {
  const owners: (AskedNode | null)[] = Array(SLOTS).fill(null)
  for (const node of nodes) {
    // Of one that does not answer, what is said of it.
    const claimed = slotsIn((node.view?.self ?? node.known).slots)
    const twice = claimed.filter((slot) => owners[slot] !== null)
    for (const slot of claimed) owners[slot] ??= node
    if (twice.length === 0) continue
    const other = owners[twice[0]]!.address
    const message = `says that it serves slot ${twice[0]}, and so does ${other} (${twice.length} slots)`
    findings.push(finding('CLUSTER_SLOT_TWICE', node.address, message))
  }
  for (const {view, address} of nodes) {
    if (view === null) continue
    if (!view.isUp) {
      findings.push(finding('CLUSTER_DOWN', address, 'says that the cluster is down'))
    }
    const others = view.nodes.flatMap(({id, slots}) =>
      slotsIn(slots).filter((slot) => owners[slot] !== null && owners[slot].known.id !== id),
    )
    if (others.length === 0) continue
    const message = `thinks of ${others.length} slots, such as ${others[0]}, that another node serves them`
    findings.push(finding('CLUSTER_DISAGREE', address, message))
  }
  const uncovered = owners.filter((owner) => owner === null).length
  if (uncovered > 0) {
    findings.push(finding('CLUSTER_UNCOVERED', null, `no node serves ${uncovered} slots`))
  }
  return uncovered
}

/** Replicas that are away from their masters, masters that have none. */
function addLinks({nodes, findings}: LookedAtCluster): void {
  for (const {view, address} of nodes) {
    if (view?.self.master == null || view.info.get('master_link_status') === 'up') continue
    findings.push(finding('CLUSTER_LINK_DOWN', address, 'a replica that is away from its master'))
  }
  const followed = new Set(nodes.map(({known}) => known.master))
  const masters = nodes.filter(({known}) => known.master === null && known.slots.length > 0)
  const alone = masters.filter(({known}) => !followed.has(known.id))
  // Where there are none at all, somebody wanted it so.
  const severity = alone.length === masters.length ? 'note' : 'warning'
  for (const {address} of alone) {
    findings.push(finding('CLUSTER_NO_REPLICA', address, 'a master without a replica', severity))
  }
}
