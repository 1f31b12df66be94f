/** What `pull` would take, asked of the server itself. Nothing is taken, and no snapshot is made for it. */
import type {Host} from '../io/host.ts'
import {Client} from '../net/client.ts'
import {
  databasesOf,
  isCluster,
  keyCount,
  producerName,
  readInfo,
  type ServerInfo,
} from '../net/server-info.ts'
import type {ServerSettings} from '../net/server-settings.ts'
import type {PullReport, PullSource} from './pull-reports.ts'

export interface PullPlanOptions {
  output?: string | null
  /** Settings of the servers among the inputs, by name. */
  servers?: ReadonlyMap<string, ServerSettings>
}

/** @throws RespiteError AUTH, NETWORK, BUSY. */
export async function pullPlan(
  _host: Host,
  [input]: readonly string[],
  {output = null, servers}: PullPlanOptions,
): Promise<PullReport> {
  const settings = servers?.get(input)
  if (settings === undefined) throw new Error('a server without its settings')
  const client = await Client.connect(settings, new AbortController().signal)
  try {
    const info = await readInfo(client)
    const source = sourceOf(info)
    return {
      schema: 'respite.pull/1',
      ...{input, output, source},
      dryRun: true,
      verdict: 'planned',
      producer: source.producer,
      rdbVersion: null,
      bytes: 0,
      keys: source.keys,
      databases: Object.fromEntries(
        databasesOf(info).map(({db, keys, expires}) => [db, {keys, expires, types: {}}]),
      ),
      functions: [],
      replication: replicationOf(info),
      findings: [],
      findingCount: 0,
      next: null,
    }
  } finally {
    client.close()
  }
}

function sourceOf(info: ServerInfo): PullSource {
  const role = info.get('role')
  const number = (name: string) => (info.has(name) ? Number(info.get(name)) : null)
  return {
    producer: producerName(info),
    role: role === 'master' ? 'master' : role === 'slave' ? 'replica' : 'unknown',
    linkUp: role === 'slave' ? info.get('master_link_status') === 'up' : null,
    keys: keyCount(info),
    usedMemoryBytes: number('used_memory'),
    replicas: number('connected_slaves') ?? 0,
    isSaving: ['rdb_bgsave_in_progress', 'aof_rewrite_in_progress'].some(
      (name) => info.get(name) === '1',
    ),
    backlogBytes: info.get('repl_backlog_active') === '1' ? number('repl_backlog_size') : null,
    cluster: isCluster(info),
  }
}

function replicationOf(info: ServerInfo): PullReport['replication'] {
  const id = info.get('master_replid')
  const offset = info.get('master_repl_offset')
  return id === undefined || offset === undefined ? null : {id, offset, streamDb: null}
}
