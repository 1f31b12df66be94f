/**
 * Replays on a cluster. Every command goes to the node of its key's slot. A node that answers MOVED or ASK has not run the command: all
 * that is on its way is waited for, then what was turned away is sent again, in order and one after the other, before anything new.
 */
import {isReplyError, type Reply} from '../formats/resp/reply.ts'
import {Client, encode, type Waiter} from './client.ts'
import {mastersOf, nodeAt, readSlots, type SlotRange} from './cluster-slots.ts'
import {loadKeySlot} from './key-slot.ts'
import type {ReplayTarget, Route} from './replay-target.ts'
import {type ServerSettings, serverName} from './server-settings.ts'

interface TurnedAway {
  readonly record: Uint8Array
  readonly waiter: Waiter
  /** `MOVED 3999 127.0.0.1:6381`. */
  readonly where: string
}

/** A slot moves once; more often, the nodes do not agree. */
const HOPS_MAX = 16
const ELSEWHERE = /^(MOVED|ASK) (\d+) (.*):(\d+)$/

export async function openCluster(
  first: Client,
  settings: ServerSettings,
  until: AbortSignal,
): Promise<ReplayTarget> {
  const ranges = await readSlots(first, settings)
  const target = new ClusterTarget(settings, until, await loadKeySlot())
  await target.connect(ranges)
  first.close()
  return target
}

class ClusterTarget implements ReplayTarget {
  readonly name: string
  readonly isCluster = true
  private readonly settings: ServerSettings
  private readonly until: AbortSignal
  private readonly keySlot: (key: Uint8Array) => number
  readonly nodes: Client[] = []
  private readonly clients = new Map<string, Client>()
  private readonly bySlot: Client[] = []
  private turnedAway: TurnedAway[] = []

  constructor(settings: ServerSettings, until: AbortSignal, keySlot: (key: Uint8Array) => number) {
    this.name = serverName(settings)
    this.settings = settings
    this.until = until
    this.keySlot = keySlot
  }

  get full(): boolean {
    return this.turnedAway.length > 0 || this.nodes.some(({full}) => full)
  }

  async connect(ranges: readonly SlotRange[]): Promise<void> {
    for (const master of mastersOf(ranges, this.settings))
      await this.nodeAt(master.host, master.port)
    for (const {first, last, host, port} of ranges) {
      const node = await this.nodeAt(host, port)
      for (let slot = first; slot <= last; slot++) this.bySlot[slot] = node
    }
  }

  send(record: Uint8Array, route: Route, waiter: Waiter): void {
    const [first] = this.nodes
    if (route === 'all') for (const node of this.nodes.slice(1)) node.send(record, IGNORE)
    const node = typeof route === 'string' ? first : (this.bySlot[this.keySlot(route)] ?? first)
    node.send(record, {answered: (reply) => this.answered(reply, record, waiter)})
  }

  async ready(): Promise<void> {
    if (this.turnedAway.length > 0) return this.idle()
    await Promise.all(this.nodes.map((node) => node.ready()))
  }

  async idle(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.idle()))
    const again = this.turnedAway
    this.turnedAway = []
    for (const each of again) await this.sendAgain(each)
  }

  close(): void {
    for (const node of this.nodes) node.close()
  }

  private answered(reply: Reply, record: Uint8Array, waiter: Waiter): void {
    if (isReplyError(reply) && ELSEWHERE.test(reply.error)) {
      this.turnedAway.push({record, waiter, where: reply.error})
    } else waiter.answered(reply)
  }

  private async sendAgain({record, waiter, where}: TurnedAway): Promise<void> {
    let reply: Reply = {error: where}
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      const elsewhere = isReplyError(reply) ? ELSEWHERE.exec(reply.error) : null
      if (elsewhere === null) break
      const [, how, slot, host, port] = elsewhere
      const node = await this.nodeAt(host === '' ? this.settings.host : host, Number(port))
      if (how === 'MOVED') this.bySlot[Number(slot)] = node
      else node.send(encode(['ASKING']), IGNORE)
      reply = await new Promise<Reply>((answered, failed) => node.send(record, {answered, failed}))
    }
    waiter.answered(reply)
  }

  private async nodeAt(host: string, port: number): Promise<Client> {
    const settings = nodeAt(this.settings, host, port)
    const name = serverName(settings)
    const known = this.clients.get(name)
    if (known !== undefined) return known
    const client = await Client.connect(settings, this.until)
    this.clients.set(name, client)
    this.nodes.push(client)
    return client
  }
}

const IGNORE: Waiter = {answered() {}}
