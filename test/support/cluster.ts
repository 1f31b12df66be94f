/** A cluster of real nodes. */
import {execFileSync} from 'node:child_process'
import {type RunningServer, type StartOptions, serverProgram, startServer} from './server.ts'

/** One node that knows no other. */
export function startNode(
  args: readonly string[] = [],
  files: StartOptions['files'] = {},
): Promise<RunningServer> {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']
  const quick = ['--repl-diskless-sync-delay', '0', '--cluster-node-timeout', '2000']
  return startServer({args: [...cluster, ...quick, ...args], files})
}

/** Three masters that agree, each with so many replicas that are connected. They are stopped one by one. */
export async function startCluster(replicas = 0): Promise<RunningServer[]> {
  const nodes: RunningServer[] = []
  for (let i = 0; i < 3 * (replicas + 1); i++) nodes.push(await startNode())
  const addresses = nodes.map(({port}) => `127.0.0.1:${port}`)
  const create = ['--cluster', 'create', ...addresses, '--cluster-yes']
  execFileSync(serverProgram('redis-cli')!, [...create, '--cluster-replicas', String(replicas)])
  for (const {client} of nodes) {
    // The nodes agree a moment after the slots were given out.
    while (!(await client.text('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    const isReplica = async () => (await client.text('INFO')).includes('role:slave')
    while ((await isReplica()) && !(await client.text('INFO')).includes('link_status:up'));
  }
  return nodes
}
