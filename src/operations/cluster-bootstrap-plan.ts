/** The commands that make a cluster of nodes, as a shell takes them. */
import {isAddress} from '../net/host-address.ts'
import {DEFAULT_PORT, type ServerSettings} from '../net/server-settings.ts'
import type {PlannedPart} from './cluster-plan.ts'
import {quote} from './next-step.ts'
import type {SlotRanges} from './split-reports.ts'

/** RDB version of Redis 7.0, which has ADDSLOTSRANGE. */
const RANGES_SINCE = 10

/** Where a part's node is expected when nobody has named it. */
export function expectedPlace({name, address}: PlannedPart): string {
  return address ?? `${name}:${DEFAULT_PORT}`
}

/** What to do, in order: files first, since nodes read them when they start, then slots, then who is there. */
export function plannedCommands(
  parts: readonly PlannedPart[],
  nodes: readonly Pick<ServerSettings, 'host' | 'port' | 'tls'>[],
): string[] {
  const ask = (i: number, ...args: string[]) => shellLine(nodes[i], args)
  const files = parts.flatMap(({file}, i) =>
    file === null
      ? []
      : [`# ${nodes[i].host}:${nodes[i].port} starts with ${quote(file)} as its dump.rdb`],
  )
  const slots = parts.map(({slots, rdbVersion}, i) =>
    ask(i, 'CLUSTER', ...assignment(slots, rdbVersion === null || rdbVersion >= RANGES_SINCE)),
  )
  const epochs = parts.map((_, i) => ask(i, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)))
  const names = nodes.some(({host}) => !isAddress(host))
  const meet = nodes.slice(1).map(({host, port}) => ask(0, 'CLUSTER', 'MEET', host, String(port)))
  return [
    ...files,
    ...slots,
    ...epochs,
    ...(names ? ['# CLUSTER MEET takes IP addresses, no names'] : []),
    ...meet,
    ask(0, 'CLUSTER', 'INFO'),
  ]
}

/** Before 7.0 every slot is named. */
function assignment(slots: SlotRanges, inRanges: boolean): string[] {
  if (inRanges) return ['ADDSLOTSRANGE', ...slots.flat().map(String)]
  return ['ADDSLOTS', ...slots.map(([first, last]) => `$(seq ${first} ${last})`)]
}

/** Words are numbers, names of hosts and commands: nothing a shell would take for something else. */
function shellLine(
  {host, port, tls}: Pick<ServerSettings, 'host' | 'port' | 'tls'>,
  args: readonly string[],
): string {
  return [
    'redis-cli',
    ...(tls === null ? [] : ['--tls']),
    '-h',
    quote(host),
    '-p',
    port,
    ...args,
  ].join(' ')
}
