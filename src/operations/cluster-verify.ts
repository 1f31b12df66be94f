/** `respite cluster verify`: one verdict on a cluster. What its nodes say is held side by side, then what they hold is read and compared. */
import type {Host} from '../io/host.ts'
import {runOperation} from '../io/run-operation.ts'
import {replicaRdb} from '../net/replica-rdb.ts'
import {type ServerSettings, serverName} from '../net/server-settings.ts'
import {type AskedNode, type LookedAtCluster, lookAtCluster} from './cluster-look.ts'
import type {ClusterData, ClusterFinding, ClusterVerifyReport, NodeData} from './cluster-reports.ts'
import type {DigestReport} from './reports.ts'

export interface ClusterVerifyOptions {
  /** Read what the nodes hold: each forks once for it. */
  digest: boolean
  /** What all of them together have to hold. */
  against: string | null
  silenceMs: number
  servers?: ReadonlyMap<string, ServerSettings>
}

type Push = (finding: ClusterFinding) => void

/** @throws RespiteError AUTH, NETWORK where the named node cannot be asked; InputError. */
export async function clusterVerify(
  _host: Host,
  [input]: readonly string[],
  options: ClusterVerifyOptions,
): Promise<ClusterVerifyReport> {
  const settings = options.servers?.get(input)
  if (settings === undefined) throw new Error('a server without its settings')
  const look = await lookAtCluster(settings, new AbortController().signal)
  const {nodes, findings} = look
  const masters = nodes.filter(isMaster).sort((a, b) => firstSlot(a) - firstSlot(b))
  const asked = [...masters, ...nodes.filter((node) => !isMaster(node))]
  const readable = asked.filter(({view}) => view !== null)
  const data = options.digest ? await readData(readable, options.silenceMs) : null
  const report = reportOf(input, look, asked)
  if (data !== null) {
    for (const [i, {address}] of readable.entries()) {
      report.nodes.find((node) => node.address === address)!.digest = data.nodes[i].digest
    }
    compareData(readable, data, (found) => findings.push(found))
    // What somebody holds who cannot be asked is not in it.
    if (asked.every((node) => !isMaster(node) || node.view !== null)) report.digest = data.digest
    if (options.against !== null) await compareAgainst(report, options.against)
  }
  report.verdict = verdictOf(findings)
  return report
}

const firstSlot = ({view, known}: AskedNode): number =>
  (view?.self ?? known).slots[0]?.[0] ?? 0x4000

const isMaster = ({view, known}: AskedNode): boolean => (view?.self ?? known).master === null

async function readData(nodes: readonly AskedNode[], silenceMs: number): Promise<ClusterData> {
  const byName = new Map(nodes.map(({settings}) => [serverName(settings), settings]))
  const openRemote = (name: string) => {
    const hangUp = new AbortController()
    const chunks = replicaRdb(byName.get(name)!, hangUp.signal, silenceMs)
    return {chunks, close: () => hangUp.abort()}
  }
  const masters = nodes.filter(isMaster).length
  return runOperation('cluster-data', [...byName.keys()], {masters}, {openRemote, mode: 'worker'})
}

function reportOf(
  input: string,
  {nodes, uncovered, findings}: LookedAtCluster,
  asked: readonly AskedNode[],
): ClusterVerifyReport {
  const byId = new Map(nodes.map((node) => [node.known.id, node.address]))
  return {
    schema: 'respite.cluster-verify/1',
    ...{input, verdict: 'ok', uncovered, findings, digest: null, against: null},
    keys: asked.filter(isMaster).reduce((sum, {keys}) => sum + (keys ?? 0), 0),
    nodes: asked.map(({known, address, view, keys, strayKeys}) => {
      const {id, slots, master} = view?.self ?? known
      return {
        ...{id, address, slots, keys, strayKeys, digest: null},
        role: master === null ? 'master' : 'replica',
        master: master === null ? null : (byId.get(master) ?? null),
      }
    }),
  }
}

/** A replica is compared where its snapshot stands at the very place of its master's: else it was only written to meanwhile. */
function compareData(nodes: readonly AskedNode[], data: ClusterData, push: Push): void {
  const byId = new Map(nodes.map(({known}, i) => [known.id, data.nodes[i]]))
  for (const [i, {address, view}] of nodes.entries()) {
    const own = data.nodes[i]
    const error = (code: ClusterFinding['code'], message: string) =>
      push({code, severity: 'error', node: address, message})
    if (own.damage !== null) error('CLUSTER_DAMAGED', `sent no sound snapshot: ${own.damage}`)
    const master = byId.get(view!.self.master ?? '')
    if (master !== undefined && isUnlike(master, own)) {
      error('CLUSTER_REPLICA_UNLIKE', 'holds other data than its master at the same offset')
    }
  }
  if (data.sameLibraries) return
  const message = 'masters have different function libraries'
  push({code: 'CLUSTER_FUNCTIONS', severity: 'warning', node: null, message})
}

function isUnlike(master: NodeData, replica: NodeData): boolean {
  if (master.digest === null || replica.digest === null) return false
  const samePlace = master.position !== null && master.position === replica.position
  return samePlace && master.digest !== replica.digest
}

async function compareAgainst(report: ClusterVerifyReport, input: string): Promise<void> {
  const {digest} = await runOperation<DigestReport>('digest', [input], {full: true})
  report.against = {input, digest}
  if (digest !== null && digest === report.digest) return
  const whole = report.digest === null ? 'not all of it could be read' : 'it holds other data'
  const message = digest === null ? `${input} cannot be read` : `${input}: ${whole}`
  report.findings.push({code: 'CLUSTER_UNLIKE', severity: 'error', node: null, message})
}

function verdictOf(findings: readonly ClusterFinding[]): ClusterVerifyReport['verdict'] {
  if (findings.some(({severity}) => severity === 'error')) return 'failed'
  return findings.some(({severity}) => severity === 'warning') ? 'warnings' : 'ok'
}
