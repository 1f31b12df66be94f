/** Brings an input into a server for a command: opens the target, runs the operation that reads, sends what it gives, compares. */
import {Exit, RespiteError} from './errors.ts'
import {SERVERS} from './formats/rdb/targets.ts'
import {nodeDisk} from './io/disk.ts'
import {publishText} from './io/publish-text.ts'
import {readText} from './io/read-text.ts'
import {Pusher} from './net/pusher.ts'
import {type OpenedTarget, openAnyTarget} from './net/replay-target.ts'
import {producerName} from './net/server-info.ts'
import {type ServerSettings, serverName} from './net/server-settings.ts'
import {targetNameOf} from './net/server-version.ts'
import type {PushedEntries, PushReport} from './operations/push-reports.ts'
import {reportBytes} from './operations/report-builder.ts'
import type {DigestReport} from './operations/reports.ts'
import type {PushTask} from './push-flags.ts'

/** How the command runs operations. Their errors come as they are. */
export interface PushRuns {
  push(options: object, onChunk: (chunk: Uint8Array) => Promise<void>): Promise<PushedEntries>
  /** `digest --full` of the target. */
  digest(): Promise<DigestReport>
}

/** What `--resume` keeps. */
interface Progress {
  schema: 'respite.push-progress/1'
  input: string
  target: string
  keys: number
  /** The target held nothing before the first run. */
  wasEmpty: boolean
}

const DATABASES = 16
/** The keys that were on their way when an earlier run ended. */
const ON_THEIR_WAY = 100000
/** A key that expires so soon may be gone before it is looked at. */
const SOON_MS = 60000
const NOTE_EVERY_MS = 1000

export async function runPush(
  input: string,
  settings: ServerSettings,
  task: PushTask,
  runs: PushRuns,
): Promise<PushReport> {
  const until = new AbortController()
  const opened = await openAnyTarget(settings, until.signal)
  try {
    return await new PushRun(input, settings, task, runs, opened).run()
  } finally {
    until.abort()
    opened.target.close()
  }
}

class PushRun {
  private readonly input: string
  private readonly settings: ServerSettings
  private readonly task: PushTask
  private readonly runs: PushRuns
  private readonly opened: OpenedTarget
  private readonly before: Progress | null
  private readonly pusher: Pusher
  private notedMs = 0

  constructor(
    input: string,
    settings: ServerSettings,
    task: PushTask,
    runs: PushRuns,
    opened: OpenedTarget,
  ) {
    this.input = input
    this.settings = settings
    this.task = task
    this.runs = runs
    this.opened = opened
    this.before = task.resume === null ? null : this.progressIn(task.resume)
    const {existing, rate} = task
    const ownKeys = this.before === null ? 0 : ON_THEIR_WAY
    this.pusher = new Pusher(opened.target, {existing, rate, ownKeys})
  }

  async run(): Promise<PushReport> {
    const {task, pusher, opened} = this
    this.refuseTarget()
    const entries = await this.send()
    const report = this.reportOf(entries)
    if (report.verdict !== 'pushed') return report
    await this.refuseEvicted()
    await this.compare(report, entries)
    if (task.resume !== null && report.verdict === 'pushed') nodeDisk().unlink(task.resume)
    report.bytes = pusher.bytes
    report.keysBefore = opened.keys
    return report
  }

  private async send(): Promise<PushedEntries> {
    const {task, opened, pusher} = this
    const {target, info} = opened
    const name = targetNameOf(info, Object.keys(SERVERS))
    const options = {
      ...task.options,
      target: SERVERS[name ?? 'redis-7.0'],
      databases: target.isCluster ? 1 : (task.options.databases ?? (await this.databases())),
      skip: this.before?.keys ?? 0,
      digest: task.verify && this.wasEmpty,
    }
    try {
      const entries = await this.runs.push(options, async (chunk) => {
        await pusher.take(chunk)
        await this.note(false)
      })
      await pusher.finish()
      return entries
    } catch (error) {
      await this.note(true)
      throw error
    }
  }

  /** CONFIG may be forbidden; servers have 16 where nobody said otherwise. */
  private async databases(): Promise<number> {
    const reply = await this.opened.target.nodes[0].ask('CONFIG', 'GET', 'databases')
    const count = Array.isArray(reply) && reply[1] instanceof Uint8Array ? reply[1] : null
    return count === null ? DATABASES : Number(Buffer.from(count).toString('latin1'))
  }

  private get wasEmpty(): boolean {
    const {keys, libraries} = this.opened
    return this.before?.wasEmpty ?? keys + libraries === 0
  }

  private refuseTarget(): void {
    const {task, opened} = this
    const {target, keys} = opened
    const refuse = (message: string, next: string) => {
      throw new RespiteError(Exit.USAGE, 'USAGE', `${target.name}: ${message}`, next)
    }
    if (task.cluster && !target.isCluster) refuse('no cluster', 'Leave --cluster out.')
    if (task.options.commands && keys > 0) {
      refuse(
        `holds ${keys} keys`,
        'Commands go into an empty server; without --commands, RESTORE is sent.',
      )
    }
  }

  private progressIn(path: string): Progress | null {
    if (nodeDisk().stat(path) === undefined) return null
    const progress: Progress = JSON.parse(readText(path))
    const {input, settings} = this
    if (progress.input === input && progress.target === serverName(settings)) return progress
    const next = 'Name another file, or remove it to begin anew.'
    throw new RespiteError(Exit.USAGE, 'USAGE', `${path}: of another input or target`, next)
  }

  /** Now and then, and when it ends early. */
  private async note(atOnce: boolean): Promise<void> {
    const {resume} = this.task
    const now = performance.now()
    if (resume === null || (!atOnce && now - this.notedMs < NOTE_EVERY_MS)) return
    this.notedMs = now
    const keys = (this.before?.keys ?? 0) + this.pusher.confirmed
    const {input, wasEmpty} = this
    const target = serverName(this.settings)
    const progress: Progress = {schema: 'respite.push-progress/1', input, target, keys, wasEmpty}
    await publishText(resume, `${JSON.stringify(progress)}\n`)
  }

  private reportOf(entries: PushedEntries): PushReport {
    const {opened, pusher, task} = this
    const {refused, digest: _, firstExpiryMs: __, ...said} = entries
    const {dryRun} = task.options
    const verdict =
      entries.stoppedAt !== null
        ? 'unreadable'
        : refused
          ? 'refused'
          : dryRun
            ? 'planned'
            : 'pushed'
    const name = targetNameOf(opened.info, Object.keys(SERVERS))
    return {
      schema: 'respite.push/1',
      ...said,
      target: opened.target.name,
      server: producerName(opened.info),
      rdbVersion: SERVERS[name ?? 'redis-7.0'].version,
      nodes: opened.target.nodes.length,
      ...{dryRun, verdict},
      restored: task.options.commands && verdict === 'pushed' ? said.keys : pusher.restored,
      skipped: pusher.skipped,
      resumed: (this.before?.keys ?? 0) + pusher.own,
      keysBefore: opened.keys,
      bytes: pusher.bytes,
      verified: null,
      unverified: null,
      taken: pusher.taken === null ? null : reportBytes(pusher.taken),
    }
  }

  private async refuseEvicted(): Promise<void> {
    const {opened, settings} = this
    const again = await openAnyTarget(settings, new AbortController().signal)
    again.target.close()
    if (again.evicted <= opened.evicted) return
    const next = 'Raise its maxmemory, or set maxmemory-policy noeviction, and push again.'
    const message = `${opened.target.name}: evicted keys while they were sent`
    throw new RespiteError(Exit.LIMIT, 'LIMIT', message, next)
  }

  private async compare(report: PushReport, {digest, firstExpiryMs}: PushedEntries): Promise<void> {
    if (!this.task.verify) return
    report.unverified = this.whyNot(digest, firstExpiryMs)
    if (report.unverified !== null) return
    const there = await this.runs.digest()
    if (there.digest === digest) report.verified = 'digest'
    else {
      report.verdict = 'unlike'
      report.reason = `the target has digest ${there.digest}, what was sent ${digest}`
      report.next = 'Does somebody else write to it? respite diff tells what differs.'
    }
  }

  private whyNot(digest: string | null, firstExpiryMs: number | null): string | null {
    if (!this.wasEmpty) return 'the target held other keys before'
    if (digest === null) return 'the input can be read only once'
    const soon = firstExpiryMs !== null && firstExpiryMs < Date.now() + SOON_MS
    return soon ? 'keys of the input expire now' : null
  }
}
