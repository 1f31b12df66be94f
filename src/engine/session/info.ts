/** INFO. What is not counted here is 0. Source: genRedisInfoString() in server.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'
import type {ReadCall} from '../read/read-call.ts'
import type {AnswerRows} from './answer.ts'
import {type InfoFields, persistenceFields} from './persistence.ts'
import {replicationFields, syncFields} from './replication-answers.ts'
import type {ServedDataset} from './served.ts'
import type {Session} from './session.ts'

const SECTIONS: readonly (readonly [name: string, of: (server: ServedDataset) => InfoFields])[] = [
  [
    'Server',
    ({redisVersion, options, startedMs, clock}) => {
      const seconds = Math.floor((clock() - startedMs) / 1000)
      return [
        ['redis_version', redisVersion],
        ['redis_mode', 'standalone'],
        ['respite_version', options.version],
        ['respite_input', printable(options.input)],
        ['arch_bits', 64],
        ['tcp_port', options.port],
        ['server_time_usec', clock() * 1000],
        ['uptime_in_seconds', seconds],
        ['uptime_in_days', Math.floor(seconds / 86400)],
      ]
    },
  ],
  [
    'Clients',
    ({sessions, options, waiters}) => [
      ['connected_clients', sessions.size],
      ['maxclients', options.maxClients],
      ['blocked_clients', waiters.waits.all.size],
      ['tracking_clients', 0],
      ['pubsub_clients', [...sessions.values()].filter((each) => each.subscriptions > 0).length],
    ],
  ],
  [
    'Memory',
    ({keyspace: {arena}, options: {eviction}}) => [
      ['used_memory', arena.used],
      ['used_memory_human', human(arena.used)],
      ['used_memory_rss', arena.memory.length],
      ['used_memory_rss_human', human(arena.memory.length)],
      ['used_memory_peak', arena.peak],
      ['used_memory_peak_human', human(arena.peak)],
      ['used_memory_dataset', arena.used],
      ['maxmemory', eviction.maxmemory],
      ['maxmemory_human', human(eviction.maxmemory)],
      ['maxmemory_policy', eviction.policy],
      ['mem_fragmentation_ratio', (arena.memory.length / Math.max(1, arena.used)).toFixed(2)],
      ['mem_allocator', 'respite'],
    ],
  ],
  ['Persistence', persistenceFields],
  [
    'Stats',
    (server) => {
      const {connections, commands, rejected, errors, call, channels, room} = server
      return [
        ['total_connections_received', connections],
        ['total_commands_processed', commands],
        ['instantaneous_ops_per_sec', 0],
        ['rejected_connections', rejected],
        ['expired_keys', call.expired],
        ['evicted_keys', room.eviction.evicted],
        ['keyspace_hits', call.hits],
        ['keyspace_misses', call.misses],
        ['pubsub_channels', channels.byName.size],
        ['pubsub_patterns', channels.byPattern.size],
        ['total_error_replies', errors],
        ...syncFields(server),
      ]
    },
  ],
  ['Replication', replicationFields],
  ['Cluster', () => [['cluster_enabled', 0]]],
  ['Keyspace', keyspace],
]

/** How long keys live on average is what servers estimate from samples: 0 stands for not known, as there. */
function keyspace({keyspace: data}: ServedDataset): InfoFields {
  return data.numbers().map((number) => {
    const {size, expires} = data.database(number)
    return [`db${number}`, `keys=${size},expires=${expires},avg_ttl=0`]
  })
}

function human(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(1, bytes)) / 10), 4)
  return power === 0 ? `${bytes}B` : `${(bytes / 1024 ** power).toFixed(2)}${'BKMGT'[power]}`
}

/** One byte per character goes out. */
const printable = (path: string) => path.replace(/[^ -~]/g, '?')

const EVERYTHING = ['all', 'everything', 'default']

function info({server}: Session, call: ReadCall, reply: ReplyWriter): void {
  const wanted = Array.from({length: call.argc - 1}, (_, i) => call.text(i + 1).toLowerCase())
  const isAll = wanted.length === 0 || wanted.some((name) => EVERYTHING.includes(name))
  const parts = SECTIONS.filter(([name]) => isAll || wanted.includes(name.toLowerCase())).map(
    ([name, of]) =>
      `# ${name}\r\n${of(server)
        .map(([field, value]) => `${field}:${value}\r\n`)
        .join('')}`,
  )
  reply.verbatim(parts.join('\r\n'))
}

export const INFO_ANSWERS: AnswerRows = [['INFO', info]]
