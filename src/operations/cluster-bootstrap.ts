/**
 * `respite cluster bootstrap`: makes a cluster of nodes that hold the parts of a split. Everything is looked at before anything is changed;
 * what is done already is left out, so that it can be run again wherever it ended.
 */
import {Exit, RespiteError} from '../errors.ts'
import type {Host} from '../io/host.ts'
import {Client} from '../net/client.ts'
import {type NodeView, rangesOf, readView, slotsIn} from '../net/cluster-view.ts'
import {addressOf} from '../net/host-address.ts'
import {isSince7} from '../net/server-info.ts'
import {parseServerUrl, type ServerSettings} from '../net/server-settings.ts'
import {type LookedAt, lookAt} from './cluster-bootstrap-look.ts'
import {expectedPlace, plannedCommands} from './cluster-bootstrap-plan.ts'
import {type PlannedPart, readPlan} from './cluster-plan.ts'
import type {BootstrapReport} from './cluster-reports.ts'

export interface BootstrapOptions {
  /** Do it, in place of saying how. */
  run: boolean
  /** Take nodes that hold nothing: their keys come later. */
  empty: boolean
  /** How long the nodes may need to agree. */
  timeoutMs: number
  servers?: ReadonlyMap<string, ServerSettings>
}

const LOOK_EVERY_MS = 100

/** `inputs`: the plan, then the nodes in the order of its parts. @throws RespiteError USAGE, AUTH, NETWORK; InputError. */
export async function clusterBootstrap(
  _host: Host,
  [input, ...names]: readonly string[],
  options: BootstrapOptions,
): Promise<BootstrapReport> {
  const parts = readPlan(input)
  const settings = nodesFor(parts, names, options)
  const report = emptyReport(input, parts, settings)
  if (!options.run) return {...report, commands: plannedCommands(parts, settings)}
  const until = new AbortController()
  const clients: Client[] = []
  try {
    for (const node of settings) clients.push(await Client.connect(node, until.signal))
    return await new Bootstrap(parts, settings, clients, report, options).run()
  } finally {
    for (const client of clients) client.close()
  }
}

function nodesFor(
  parts: readonly PlannedPart[],
  names: readonly string[],
  {run, servers}: BootstrapOptions,
): ServerSettings[] {
  const usage = (message: string) => new RespiteError(Exit.USAGE, 'USAGE', message)
  if (names.length === 0 && !run) {
    return parts.map((part) => parseServerUrl(`redis://${expectedPlace(part)}`))
  }
  if (names.length !== parts.length) {
    throw usage(`${parts.length} parts need as many nodes, ${names.length} are named with --node`)
  }
  if (new Set(names).size < names.length) throw usage('a node is named twice')
  return names.map((name) => servers!.get(name)!)
}

function emptyReport(
  input: string,
  parts: readonly PlannedPart[],
  settings: readonly ServerSettings[],
): BootstrapReport {
  return {
    schema: 'respite.cluster-bootstrap/1',
    ...{input, verdict: 'planned', commands: [], reason: null, next: null},
    nodes: parts.map(({name, file, slots, keys}, i) => ({
      ...{name, file, slots, keys},
      address: `${settings[i].host}:${settings[i].port}`,
      ...{keysThere: null, problem: null},
    })),
  }
}

class Bootstrap {
  private readonly parts: readonly PlannedPart[]
  private readonly settings: readonly ServerSettings[]
  private readonly clients: readonly Client[]
  private readonly report: BootstrapReport
  private readonly options: BootstrapOptions

  constructor(
    parts: readonly PlannedPart[],
    settings: readonly ServerSettings[],
    clients: readonly Client[],
    report: BootstrapReport,
    options: BootstrapOptions,
  ) {
    this.parts = parts
    this.settings = settings
    this.clients = clients
    this.report = report
    this.options = options
  }

  async run(): Promise<BootstrapReport> {
    const {report, clients, parts, options} = this
    const looked = await lookAt(clients, parts, options.empty)
    for (const [i, {keysThere, problem}] of looked.entries()) {
      report.nodes[i].keysThere = keysThere
      report.nodes[i].problem = problem
    }
    if (looked.some(({problem}) => problem !== null)) return this.refused()
    const views = looked.map(({view}) => view!)
    if (this.isFormed(views)) return {...report, verdict: 'formed'}
    await this.assign(looked)
    await this.introduce(views)
    return this.wait()
  }

  private refused(): BootstrapReport {
    const reason = 'not all nodes are as the plan needs them; nothing was changed'
    const next = 'Set right what is said of each node, then run it again.'
    return {...this.report, verdict: 'refused', reason, next}
  }

  /** Slots that no node has yet, and epochs of nodes that are alone. */
  private async assign(looked: readonly LookedAt[]): Promise<void> {
    for (const [i, {view, missing}] of looked.entries()) {
      const {self, info, nodes} = view!
      if (missing.length > 0) {
        if (isSince7(info))
          await this.do(i, 'ADDSLOTSRANGE', ...rangesOf(missing).flat().map(String))
        else await this.do(i, 'ADDSLOTS', ...missing.map(String))
      }
      // Else nodes have to settle afterwards who is the older one.
      if (self.epoch === 0 && nodes.length === 1) {
        await this.do(i, 'SET-CONFIG-EPOCH', String(i + 1))
      }
    }
  }

  /** The first node is told of the others, and they hear of one another. */
  private async introduce([first, ...others]: readonly NodeView[]): Promise<void> {
    const known = new Set(first.nodes.filter(({linked}) => linked).map(({id}) => id))
    for (const [i, {self}] of others.entries()) {
      if (known.has(self.id)) continue
      const settings = this.settings[i + 1]
      const address = await addressOf(settings)
      const bus = self.busPort === null ? [] : [String(self.busPort)]
      await this.do(0, 'MEET', address, String(settings.port), ...bus)
    }
  }

  private async do(index: number, ...args: string[]): Promise<void> {
    const {host, port} = this.settings[index]
    await this.clients[index].call('CLUSTER', ...args)
    this.report.commands.push(`${host}:${port} CLUSTER ${args.join(' ')}`)
  }

  private async wait(): Promise<BootstrapReport> {
    const endMs = performance.now() + this.options.timeoutMs
    for (;;) {
      const views = await Promise.all(this.clients.map(readView))
      if (this.isFormed(views)) return {...this.report, verdict: 'formed'}
      if (performance.now() > endMs) break
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    const reason = 'the nodes do not all say that the cluster is up'
    const next = 'Can they reach one another on their bus ports (port + 10000)? Then run it again.'
    return {...this.report, verdict: 'waiting', reason, next}
  }

  /** All know all, agree who serves what, and say that it is up. */
  private isFormed(views: readonly NodeView[]): boolean {
    const owners = views.map(({self}) => self.id)
    return views.every(({nodes, isUp}) => {
      const byId = new Map(nodes.map((node) => [node.id, node]))
      const agrees = owners.every((id, i) => {
        const slots = byId.get(id)?.slots ?? []
        return String(rangesOf(slotsIn(slots))) === String(this.wanted(i))
      })
      return isUp && agrees
    })
  }

  private wanted(index: number): [number, number][] {
    return rangesOf(slotsIn(this.parts[index].slots).sort((a, b) => a - b))
  }
}
