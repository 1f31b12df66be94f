/** A cluster of real nodes. */
import {execFileSync} from 'node:child_process'
import {type RunningServer, serverProgram, startServer} from './server.ts'

/** Three masters that agree. They are stopped one by one. */
export async function startCluster(): Promise<RunningServer[]> {
  const args = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf']
  const quick = [...args, '--repl-diskless-sync-delay', '0']
  const nodes = [
    await startServer({args: quick}),
    await startServer({args: quick}),
    await startServer({args: quick}),
  ]
  const addresses = nodes.map(({port}) => `127.0.0.1:${port}`)
  execFileSync(serverProgram('redis-cli')!, ['--cluster', 'create', ...addresses, '--cluster-yes'])
  for (const {client} of nodes) {
    // The nodes agree a moment after the slots were given out.
    while (!(await client.text('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  }
  return nodes
}
