/** Can a replica that was away for a moment go on where it was? Source: replication.md; replication.c of Redis 7.0. */
import {sizeText} from '../sizes.ts'
import type {Patient} from './doctor.ts'
import type {DoctorFinding} from './doctor-reports.ts'

/** An interruption that should not cost a full synchronisation. */
const OUTAGE_SECONDS = 60
/** Bytes a second that a snapshot takes to a replica and into it, at a guess on the slow side. */
const SYNC_BYTES_PER_SECOND = 50e6
/** A stream carries what a log does, about. */
const MB = 0x100000
/** Of `client-output-buffer-limit replica`. */
const BUFFER_LIMIT = 256 * MB

export function replicationFindings(patient: Patient): DoctorFinding[] {
  return [...backlogFindings(patient), ...bufferFindings(patient)]
}

function backlogFindings({facts, settings, producer}: Patient): DoctorFinding[] {
  const rate = facts.writtenBytesPerSecond
  const assumed = /^valkey (9|\d\d)/.test(producer ?? '') ? 10 * MB : MB
  const backlog = settings.bytes('repl-backlog-size', assumed)
  if (rate === null || rate === 0) return []
  const seconds = backlog / rate
  if (seconds >= OUTAGE_SECONDS) return []
  return [
    {
      code: 'BACKLOG',
      severity: settings.has('replicaof') || settings.has('repl-backlog-size') ? 'warning' : 'note',
      message: `repl-backlog-size ${sizeText(backlog, false)} holds ${seconds.toFixed(1)} s of writes, at ${sizeText(rate, false)} a second`,
      why: 'A replica that is away for longer needs a full synchronisation: a fork, and all data over the network.',
      next: `repl-backlog-size ${Math.ceil((rate * OUTAGE_SECONDS) / 1e6)}m, for ${OUTAGE_SECONDS} s`,
    },
  ]
}

/** While a replica loads a snapshot, the master keeps for it what is written. */
function bufferFindings({facts, settings}: Patient): DoctorFinding[] {
  const rate = facts.writtenBytesPerSecond
  if (rate === null || facts.baseBytes === 0) return []
  const [hard] = settings
    .lines('client-output-buffer-limit')
    .filter(([kind]) => kind === 'replica' || kind === 'slave')
    .map(([, limit]) => limit)
    .slice(-1)
  const limit = hard === undefined ? BUFFER_LIMIT : settings.size(hard, BUFFER_LIMIT)
  const needed = (facts.baseBytes / SYNC_BYTES_PER_SECOND) * rate
  if (limit === 0 || needed <= limit) return []
  return [
    {
      code: 'OUTPUT_BUFFER',
      severity: 'warning',
      message: `a full synchronisation buffers about ${sizeText(needed, false)}, the limit for replicas is ${sizeText(limit, false)}`,
      why: 'The master cuts the replica off before it is done, and it begins again: for ever.',
      next: `client-output-buffer-limit replica ${Math.ceil((needed * 1.5) / 1e6)}m 64mb 60`,
    },
  ]
}
