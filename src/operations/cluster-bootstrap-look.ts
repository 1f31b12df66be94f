/** Whether nodes are as a plan needs them: in cluster mode, among themselves, with the keys of their slots and no others. */
import type {Client} from '../net/client.ts'
import {countSlots, type NodeView, readView, slotsIn} from '../net/cluster-view.ts'
import {isCluster, keyCount, readInfo} from '../net/server-info.ts'
import type {PlannedPart} from './cluster-plan.ts'

export interface LookedAt {
  /** Null for a server that is not in cluster mode. */
  view: NodeView | null
  keysThere: number | null
  /** Slots of the part that no node has. */
  missing: number[]
  problem: string | null
}

/** @throws RespiteError NETWORK. */
export async function lookAt(
  clients: readonly Client[],
  parts: readonly PlannedPart[],
  mayBeEmpty: boolean,
): Promise<LookedAt[]> {
  const views: (NodeView | null)[] = []
  for (const client of clients) {
    views.push(isCluster(await readInfo(client)) ? await readView(client) : null)
  }
  const ids = views.map((view) => view?.self.id ?? null)
  const looked: LookedAt[] = []
  for (const [i, view] of views.entries()) {
    looked.push(
      view === null
        ? {
            view,
            keysThere: null,
            missing: [],
            problem: 'is not in cluster mode (cluster-enabled yes)',
          }
        : await lookAtOne(clients[i], view, ids, i, parts, mayBeEmpty),
    )
  }
  return looked
}

async function lookAtOne(
  client: Client,
  view: NodeView,
  ids: readonly (string | null)[],
  index: number,
  parts: readonly PlannedPart[],
  mayBeEmpty: boolean,
): Promise<LookedAt> {
  const part = parts[index]
  const keysThere = keyCount(view.info)
  const owned = new Set(slotsIn(view.self.slots))
  const missing = slotsIn(part.slots).filter((slot) => !owned.has(slot))
  const placed = placeProblem(view, ids, index, parts)
  // In a cluster that is complete, people write.
  const inUse = missing.length === 0 && view.isUp
  const problem = placed ?? (inUse ? null : await keysProblem(client, part, keysThere, mayBeEmpty))
  return {view, keysThere, missing, problem}
}

/** Who it is and whom it knows. */
function placeProblem(
  {self, nodes}: NodeView,
  ids: readonly (string | null)[],
  index: number,
  parts: readonly PlannedPart[],
): string | null {
  if (ids.indexOf(self.id) < index) return 'is a node that was named already'
  if (self.master !== null) return 'is a replica'
  // One that it is just meeting has no name of its own yet.
  const strange = nodes.find(({id, flags}) => !ids.includes(id) && !flags.has('handshake'))
  if (strange !== undefined) return `knows another node already, ${strange.address}`
  for (const {id, slots} of nodes) {
    const planned = new Set(slotsIn(parts[ids.indexOf(id)]?.slots ?? []))
    const other = slotsIn(slots).find((slot) => !planned.has(slot))
    if (other === undefined) continue
    const who = id === self.id ? 'serves' : 'knows that another node serves'
    return `${who} slot ${other}, which the plan gives to another part`
  }
  return null
}

/** Every key has to be in a slot of the part, and none may be missing. */
async function keysProblem(
  client: Client,
  {slots, keys, expires, file}: PlannedPart,
  keysThere: number,
  mayBeEmpty: boolean,
): Promise<string | null> {
  const counts = await countSlots(client)
  const own = slotsIn(slots).reduce((sum, slot) => sum + counts[slot], 0)
  if (own < keysThere) return `holds ${keysThere - own} keys of other parts`
  if (keys === null || (mayBeEmpty && keysThere === 0)) return null
  if (keysThere <= keys && keysThere >= keys - expires) return null
  const how = file === null ? 'those of its part' : `start it with ${file} as its dump.rdb`
  return `holds ${keysThere} keys in place of ${keys}: ${how}, or give --empty and push them later`
}
