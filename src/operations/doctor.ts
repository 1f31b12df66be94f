/** `respite doctor`: a server's data directory, its configuration and its machine, held against what goes wrong with them. */
import {dirname} from 'node:path'
import {type FileAccess, readAccess} from '../io/file-access.ts'
import type {Host} from '../io/host.ts'
import {defaultConfig, type ServerConfig} from '../io/layout/config.ts'
import {readConfigFile} from '../io/layout/config-file.ts'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import {type Machine, readMachine} from '../io/machine.ts'
import {writerOf} from '../io/writers-of.ts'
import {accessFindings} from './doctor-access.ts'
import {memoryFindings} from './doctor-memory.ts'
import {persistenceFindings} from './doctor-persistence.ts'
import {replicationFindings} from './doctor-replication.ts'
import type {DoctorFacts, DoctorFinding, DoctorReport} from './doctor-reports.ts'
import {Settings} from './doctor-settings.ts'
import {info} from './info.ts'
import {layoutOf} from './layout-of.ts'
import {quote} from './next-step.ts'
import type {InfoReport, Severity} from './reports.ts'

export interface DoctorOptions {
  /** The server's configuration file; without it, what servers assume. */
  config?: string
}

/** What all rules look at. */
export interface Patient {
  settings: Settings
  config: ServerConfig
  /** No configuration file was given: what is not default is not known. */
  guessed: boolean
  layout: Layout
  /** Whether the server keeps a log. */
  appendonly: boolean
  facts: DoctorFacts
  /** What wrote the snapshot or base. */
  producer: string | null
  access: readonly FileAccess[]
  directory: FileAccess | null
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note']
/** A log that grew for less says little about its rate. */
const RATE_FROM_SECONDS = 60

/** Look at the first of `inputs`, a data directory. @throws InputError when there is nothing to look at. */
export function doctor(
  host: Host,
  inputs: readonly string[],
  {config: path}: DoctorOptions = {},
): DoctorReport {
  const [input] = inputs
  const config = path === undefined ? defaultConfig() : readConfigFile(path)
  const layout = layoutOf(input, path === undefined ? null : config)
  const told = info(host, [input], {config: path})
  const directory = layout.source === 'file' ? dirname(input) : layout.root
  const access = layout.files.flatMap((file) => readAccess(file.path) ?? [])
  const patient: Patient = {
    settings: new Settings(config),
    config,
    guessed: path === undefined,
    layout,
    appendonly: path === undefined ? layout.kind.startsWith('aof') : config.appendonly === true,
    facts: factsOf(layout, told, readMachine(directory), access),
    producer: told.producer,
    access,
    directory: readAccess(directory),
  }
  const writer = writerOf(layout.files.map((file) => file.path))?.pid ?? null
  const findings = findingsOf(patient, told, writer).sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )
  return {
    schema: 'respite.doctor/1',
    input,
    config: path ?? null,
    kind: layout.kind === 'nothing' ? 'unknown' : layout.kind,
    layout: layout.reasons,
    files: layout.files.map(({name, role, bytes, loaded}) => ({file: name, role, bytes, loaded})),
    producer: patient.producer,
    writer,
    facts: patient.facts,
    findings,
    verdict: verdictOf(findings),
  }
}

function findingsOf(patient: Patient, told: InfoReport, writer: number | null): DoctorFinding[] {
  const files = patient.layout.findings.map(
    ({severity, message, meaning, file, line}): DoctorFinding => {
      const place = line === null ? file : `${file}, line ${line}`
      return {code: 'LAYOUT', severity, message: `${place}: ${message}`, why: meaning, next: null}
    },
  )
  return [
    ...files,
    ...stopped(told),
    ...running(writer),
    ...persistenceFindings(patient),
    ...memoryFindings(patient),
    ...replicationFindings(patient),
    ...accessFindings(patient),
  ]
}

/** The data itself could not be read to its end. */
function stopped(told: InfoReport): DoctorFinding[] {
  const fault = told.stoppedAt
  if (fault === null) return []
  const {severity, file, offset, message, meaning, code} = fault
  const place = offset === null ? file : `${file}, offset ${offset}`
  const next = `respite check ${quote(told.input)}`
  return [{code: 'LAYOUT', severity, message: `${place}: ${message} [${code}]`, why: meaning, next}]
}

function running(writer: number | null): DoctorFinding[] {
  if (writer === null) return []
  return [
    {
      code: 'RUNNING',
      severity: 'note',
      message: `process ${writer} has these files open for writing`,
      why: 'A server is running. What CONFIG SET has changed since its start is not in the file.',
      next: null,
    },
  ]
}

function factsOf(
  layout: Layout,
  told: InfoReport,
  machine: Machine,
  access: readonly FileAccess[],
): DoctorFacts {
  const loaded = layout.files.filter((file) => file.loaded && file.head !== null)
  const bytesOf = (files: readonly LayoutFile[]) => files.reduce((sum, {bytes}) => sum + bytes, 0)
  const logs = loaded.filter(({role}) => role === 'incr' || role === 'aof')
  const bases = loaded.filter(({role}) => role === 'rdb' || role === 'base')
  const timesOf = (files: readonly LayoutFile[]) =>
    access
      .filter(({path}) => files.some((file) => file.path === path))
      .map((each) => each.modifiedMs)
  const counts = Object.values(told.databases)
  return {
    keys: told.keys,
    expires: counts.reduce((sum, {expires}) => sum + expires, 0),
    usedMemoryBytes: told.usedMemoryBytes,
    baseBytes: bytesOf(bases),
    logBytes: bytesOf(logs),
    commands: told.commands,
    writtenBytesPerSecond: rateOf(timesOf(bases), timesOf(logs), bytesOf(logs)),
    ...machine,
  }
}

/** How fast the log grew since its base was written, by the times of both in ms; null where the files' times do not tell, as after a copy. */
function rateOf(bases: readonly number[], logs: readonly number[], bytes: number): number | null {
  const seconds = (Math.max(...logs) - Math.max(...bases)) / 1000
  return seconds >= RATE_FROM_SECONDS && Number.isFinite(seconds) ? bytes / seconds : null
}

function verdictOf(findings: readonly DoctorFinding[]): DoctorReport['verdict'] {
  if (findings.some(({severity}) => severity === 'error')) return 'errors'
  return findings.some(({severity}) => severity === 'warning') ? 'warnings' : 'healthy'
}
