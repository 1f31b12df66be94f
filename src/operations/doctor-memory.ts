/** Room for the dataset, for a fork, and what happens when it is full. Source: replication.md §8, §9; evict.c, server.c of Redis 7.0. */
import {countText, sizeText} from '../sizes.ts'
import type {Patient} from './doctor.ts'
import type {DoctorFinding} from './doctor-reports.ts'

/** Bytes a second that a child writes of what it holds, at a guess on the slow side: how long it shares pages. */
const SAVE_BYTES_PER_SECOND = 100e6
const PAGE = 4096
const HUGE_PAGE = 0x200000
/** What a command takes in a log, at a guess where nobody counted. */
const COMMAND_BYTES = 64
/** Of the memory, for data beside which a server still has to fork. */
const SAFE_SHARE = 0.6
const SMALL = 100e6

export function memoryFindings(patient: Patient): DoctorFinding[] {
  return [
    ...kernelFindings(patient),
    ...forkFindings(patient),
    ...limitFindings(patient),
    ...evictionFindings(patient),
  ]
}

function kernelFindings({facts}: Patient): DoctorFinding[] {
  const found: DoctorFinding[] = []
  const {overcommit, hugePages, usedMemoryBytes: used, freeMemoryBytes: free} = facts
  if (overcommit !== null && overcommit !== 1) {
    const tight = used !== null && used > free
    found.push({
      code: 'FORK',
      severity: tight ? 'error' : 'warning',
      message: `vm.overcommit_memory is ${overcommit}${tight ? `, with ${sizeText(used, false)} of data and ${sizeText(free, false)} free` : ''}`,
      why: 'The kernel may refuse to fork though memory would do: saves and rewrites fail, and with save points the server then refuses writes.',
      next: 'sysctl vm.overcommit_memory=1',
    })
  }
  if (hugePages === 'always') {
    found.push({
      code: 'FORK',
      severity: 'warning',
      message: 'transparent huge pages are always on',
      why: 'While a child saves, each page that is written to is copied: 2 MiB in place of 4 KiB. Servers from 6.2 on switch it off for themselves.',
      next: 'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
    })
  }
  return found
}

/** Pages that the server writes to while a child saves are there twice. */
function forkFindings({facts, settings}: Patient): DoctorFinding[] {
  const {usedMemoryBytes: used, memoryBytes, writtenBytesPerSecond: rate} = facts
  if (used === null || used < SMALL) return []
  const seconds = used / SAVE_BYTES_PER_SECOND
  const writes = rate === null ? null : rate / commandBytes(facts)
  const page = facts.hugePages === 'always' && !settings.has('disable-thp') ? HUGE_PAGE : PAGE
  const copied = writes === null ? used : Math.min(used, writes * seconds * page)
  if (used + copied <= memoryBytes) return []
  const pace = writes === null ? 'all of them' : `${countText(Math.round(writes))} writes a second`
  return [
    {
      code: 'FORK',
      severity: 'warning',
      message: `${sizeText(used, false)} of data and up to ${sizeText(copied, false)} of copied pages do not fit into ${sizeText(memoryBytes, false)}`,
      why: `A save takes about ${Math.ceil(seconds)} s (at 100 MB/s), and each page that is written to meanwhile is copied: ${pace}. Then the kernel swaps, or kills the child or the server.`,
      next: `${safeLimit(memoryBytes)}, or more memory`,
    },
  ]
}

/** A limit beside which a server can still fork. */
const safeLimit = (memoryBytes: number) =>
  `maxmemory ${Math.floor((memoryBytes * SAFE_SHARE) / 1e6)}m`

function commandBytes({logBytes, commands}: Patient['facts']): number {
  return commands !== null && commands > 0 ? Math.max(1, logBytes / commands) : COMMAND_BYTES
}

function limitFindings({facts, settings, guessed}: Patient): DoctorFinding[] {
  const {usedMemoryBytes: used, memoryBytes} = facts
  const limit = settings.bytes('maxmemory', 0)
  if (limit === 0) {
    if (guessed) return []
    const share = used === null ? null : used / memoryBytes
    const rather = `${safeLimit(memoryBytes)}, and a maxmemory-policy`
    return [
      {
        code: 'MAXMEMORY',
        severity: share !== null && share > 0.5 ? 'warning' : 'note',
        message: `maxmemory is not set${share === null ? '' : `: the data take ${Math.round(share * 100)} % of ${sizeText(memoryBytes, false)}`}`,
        why: 'The server grows until the kernel swaps or kills it.',
        next: rather,
      },
    ]
  }
  const found: DoctorFinding[] = []
  if (limit > memoryBytes * 0.8) {
    found.push({
      code: 'MAXMEMORY',
      severity: 'warning',
      message: `maxmemory is ${sizeText(limit, false)}, of ${sizeText(memoryBytes, false)} in the machine`,
      why: 'Buffers, fragmentation and the pages that a save copies come on top of it.',
      next: safeLimit(memoryBytes),
    })
  }
  if (used !== null && used > limit) {
    found.push({
      code: 'MAXMEMORY',
      severity: 'error',
      message: `the data took ${sizeText(used, false)} when they were saved, maxmemory is ${sizeText(limit, false)}`,
      why: 'Loading does not look at the limit. The first write after it does: the server evicts, or refuses writes.',
      next: `maxmemory ${Math.ceil((used * 1.25) / 1e6)}m, or find what takes it: respite keys --sort memory --limit 20`,
    })
  }
  return found
}

function evictionFindings({facts, settings}: Patient): DoctorFinding[] {
  const {keys, expires, usedMemoryBytes: used, baseBytes, logBytes} = facts
  const limit = settings.bytes('maxmemory', 0)
  // Keys were counted in the base: behind a long log that says nothing any more.
  if (limit === 0 || keys === null || keys === 0 || logBytes > baseBytes) return []
  const policy = settings.text('maxmemory-policy', 'noeviction')
  const share = expires / keys
  const full = used === null ? '' : `; ${Math.round((used / limit) * 100)} % are used`
  if (policy === 'noeviction') {
    return [
      {
        code: 'EVICTION',
        severity: used !== null && used > limit * 0.9 ? 'warning' : 'note',
        message: `maxmemory-policy noeviction with maxmemory ${sizeText(limit, false)}${full}`,
        why: 'At the limit every write is refused with an OOM error.',
        next: null,
      },
    ]
  }
  if (!policy.startsWith('volatile-') || share >= 0.5) return []
  return [
    {
      code: 'EVICTION',
      severity: 'warning',
      message: `maxmemory-policy ${policy}, and ${countText(expires)} of ${countText(keys)} keys (${(share * 100).toFixed(1)} %) have an expiry${full}`,
      why: 'Only those can be evicted. When they are gone, writes are refused as with noeviction.',
      next: `maxmemory-policy ${policy.replace(/^volatile-(ttl)?/, (_, ttl) => (ttl ? 'allkeys-lru' : 'allkeys-'))}, or expiries on more keys`,
    },
  ]
}
