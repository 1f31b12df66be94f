/** The snapshot at the beginning of a generation: `pull` reads and publishes it, in a worker, while the connection stays here. */
import {Exit, RespiteError} from '../errors.ts'
import {runOperation} from '../io/run-operation.ts'
import type {ReplicaLink} from '../net/replica-link.ts'
import type {PullReport} from './pull-reports.ts'

/** `onRead` is called when all of it has come. Returns the database that the stream goes on in, null when it says so itself. */
export async function takeBase(
  name: string,
  output: string,
  link: ReplicaLink,
  onRead: () => void = () => {},
): Promise<number | null> {
  const openRemote = () => ({chunks: told(link, onRead), close: () => {}})
  const settings = {openRemote, mode: 'worker'} as const
  const report = await runOperation<PullReport>('pull', [name], {output, force: true}, settings)
  if (report.verdict === 'pulled') return report.replication?.streamDb ?? null
  const [finding] = report.findings
  const message = `${name}: what came is no sound snapshot: ${finding?.message ?? 'it is damaged'}`
  throw new RespiteError(Exit.FOUND, finding?.code ?? 'UNSOUND', message, report.next)
}

async function* told(link: ReplicaLink, onRead: () => void) {
  yield* link.rdb()
  onRead()
}
