/**
 * `respite undo`: take commands out of a log, so that it never happened. The input is replayed up to the first of them and to its
 * end, the output likewise: up to there both have to be the same.
 */
import {Exit, RespiteError} from '../errors.ts'
import type {Host} from '../io/host.ts'
import {DestructionWatch} from './destruction-watch.ts'
import type {Edit} from './edit.ts'
import {
  type EditOptions,
  type EditSource,
  editFigures,
  editSource,
  writeAndVerify,
  writtenFiles,
} from './edit-source.ts'
import {type KeyChanges, KeyTable} from './key-changes.ts'
import {baseTime} from './log-times.ts'
import {pointError} from './point.ts'
import {type Replayed, replayStates} from './replay-states.ts'
import {placeBefore, undoEdit} from './undo-edit.ts'
import {chainNotes, ELSEWHERE, refuseSnapshot} from './undo-notes.ts'
import type {ReplayedState, Undone, UndoProof, UndoReport} from './undo-reports.ts'
import {Chooser, chainOf, checkSelection, type Selection} from './undo-selection.ts'
import {findTargets, type Target, type TargetFile} from './undo-targets.ts'
import {clearUp} from './write-edit.ts'

export interface UndoOptions extends EditOptions {
  selection: Selection
  /** Also leave out what follows the last of them. */
  dropAfter?: boolean
}

const UNDONE_LISTED = 100
/** A replay did not get there. */
const UNKNOWN: ReplayedState = {keys: {}, digest: null}

export function undo(host: Host, [input]: readonly string[], options: UndoOptions): UndoReport {
  const source = editSource(input, options)
  checkSelection(options.selection, source.table)
  return new Undo(host, source, options).run()
}

/** What was found in one chain of files, and what its replay ended in. */
interface Plan {
  chain: number
  files: TargetFile[]
  edit: Edit
  replayed: Replayed | null
  /** Keys that each target took, by its place. */
  taken: Map<string, Record<string, number>>
}

class Undo {
  private readonly host: Host
  private readonly source: EditSource
  private readonly options: UndoOptions
  /** Right before the first target. */
  private before: KeyTable | null = null
  private later: KeyChanges | null = null

  constructor(host: Host, source: EditSource, options: UndoOptions) {
    this.host = host
    this.source = source
    this.options = options
  }

  run(): UndoReport {
    const {host, source, options} = this
    const plan = this.plan()
    const report = this.report(plan)
    if (report.verdict === 'nothing') return report
    const written = options.dryRun
      ? null
      : writeAndVerify(host, source, plan.edit, options, 'undone')
    report.aside = written?.kept ?? []
    if (plan.replayed === null) return report
    return {...report, proof: this.prove(plan, plan.replayed, written?.files ?? null)}
  }

  /** In the newest chain that has what is looked for. */
  private plan(): Plan {
    const {source, options} = this
    const {chain: first, isNamed} = chainOf(source.chains, options.selection)
    let plan: Plan | null = null
    for (let chain = first; chain < (isNamed ? first + 1 : source.chains.length); chain++) {
      const files = this.targets(chain)
      if (files.every(({targets}) => targets.length === 0)) continue
      plan = this.replay(chain, files)
      if (!tookNothing(plan)) break
    }
    return plan ?? this.refuse(source.chains[first].map(({name}) => name))
  }

  private targets(chain: number): TargetFile[] {
    const {host, source, options} = this
    const {selection} = options
    const files = source.chains[chain]
    const chooser = new Chooser(files, selection, source.table)
    const found = findTargets(host, files, chooser, source.table, source.input)
    const [missed] = chooser.missed
    if (missed !== undefined) {
      const place = missed.kind === 'record' ? `command #${missed.at}` : `offset ${missed.at}`
      const message = `no record that can be taken out is at ${place}${missed.file === null ? '' : ` of ${missed.file}`}`
      throw pointError(message, 'respite undo --list shows offsets and numbers')
    }
    const last = found.flatMap(({targets}) => targets).at(-1)
    if (!selection.last || last === undefined) return found
    const {fileIndex, offset: at} = last
    const point = {kind: 'offset', file: files[fileIndex].name, at, before: false} as const
    const only = new Chooser(files, {...selection, at: [point]}, source.table)
    return findTargets(host, files, only, source.table, source.input)
  }

  private replay(chain: number, files: TargetFile[]): Plan {
    const {host, source, options} = this
    const edit = undoEdit(source, files, options.dropAfter === true)
    const taken = new Map<string, Record<string, number>>()
    const plan = {chain, files, edit, taken, replayed: null}
    if (options.skipReplay) return plan
    const wanted = new Set(
      files.flatMap(({file, targets}) => targets.map((each) => placeKey(file.name, each))),
    )
    const watch = new DestructionWatch({
      single: true,
      earliestMs: () => 0,
      found: (seen) => {
        const key = placeKey(seen.file, seen)
        if (wanted.has(key)) taken.set(key, seen.keys)
      },
    })
    const look: Parameters<typeof replayStates>[2]['look'] = (keyspace, index) => {
      if (index === 0 && !options.dryRun) this.before = new KeyTable(keyspace)
    }
    const place = placeBefore(files)
    const settings = {...source, observer: watch, look}
    return {...plan, replayed: replayStates(host, source.chains[chain], settings, [place])}
  }

  private refuse(names: readonly string[]): never {
    const {host, source, options} = this
    const {command, match} = options.selection
    if (options.inPlace && !options.dryRun) clearUp(source, source.output)
    refuseSnapshot(host, source)
    const what = command === null ? 'such command' : command.toUpperCase()
    const keys = match === null ? '' : ' of such keys'
    const [{name, path}] = source.chains[0]
    const notes = chainNotes(name, baseTime(host, path), false).join(' ')
    const message =
      `${source.input}: there is no ${what}${keys} in ${names.join(', ')}. ${notes}`.trim()
    const next = `if it ran before that, ${ELSEWHERE}; respite undo --list shows what the log has`
    throw new RespiteError(Exit.FOUND, 'NOTHING_TO_UNDO', message, next)
  }

  private report(plan: Plan): UndoReport {
    const {source, options} = this
    const {chain, files, edit} = plan
    const targets = files.flatMap(({file, targets}) => targets.map((target) => ({file, target})))
    const isNothing = tookNothing(plan)
    const flushes = files.reduce((sum, {otherFlushes}) => sum + otherFlushes, 0)
    const [first] = files
    const notes = chainNotes(first.file.name, first.createdMs, chain > 0)
    if (flushes > 0) {
      notes.push(
        `${flushes} other FLUSHALL or FLUSHDB stay in the log: a server that loads it obeys them, and with save points FLUSHALL empties its dump.rdb.`,
      )
    }
    return {
      schema: 'respite.undo/1',
      ...editFigures(source, edit, options),
      verdict: isNothing ? 'nothing' : 'undone',
      reason: isNothing
        ? 'there was no key left when it ran: the log has no data from before'
        : null,
      next: isNothing ? nextOf(flushes) : null,
      dropAfter: options.dropAfter === true,
      undone: targets.slice(0, UNDONE_LISTED).map(({file, target}) => {
        return undoneOf(file.name, target, plan)
      }),
      undoneCount: targets.length,
      notes,
      proof: null,
    }
  }

  private prove(
    {files, edit}: Plan,
    {states, failed: failedInput, incomplete, commands}: Replayed,
    paths: readonly string[] | null,
  ): UndoProof {
    const {host, source} = this
    const [before = UNKNOWN, input = UNKNOWN] = states
    const proof = {before, input, failedInput, commands, failed: failedInput, incomplete}
    if (paths === null) return {...proof, output: null, later: null, sameBefore: null}
    const {file, offset} = placeBefore(files)
    const index = edit.files.findIndex((each) => each.file === file)
    const look: Parameters<typeof replayStates>[2]['look'] = (keyspace, which) => {
      if (which === 1) this.later = this.before?.compare(keyspace) ?? null
    }
    const place = {file: paths[index], offset}
    const replayed = replayStates(host, writtenFiles(paths, edit), {...source, look}, [place])
    const [same, output = UNKNOWN] = replayed.states
    const isKnown = same?.digest && before.digest
    return {
      ...proof,
      output,
      later: this.later,
      sameBefore: isKnown ? same.digest === before.digest : null,
      failed: replayed.failed,
      incomplete: incomplete ?? replayed.incomplete,
    }
  }
}

/** Where else to look. */
function nextOf(otherFlushes: number): string {
  return otherFlushes > 0
    ? 'respite undo --list shows which of the others took keys away'
    : ELSEWHERE
}

/** Were there no keys for a flush to remove? */
function tookNothing({files, taken, replayed}: Plan): boolean {
  if (replayed === null || replayed.incomplete !== null) return false
  const targets = files.flatMap(({file, targets}) => targets.map((target) => ({file, target})))
  return targets.every(({file, target}) => {
    const keys = taken.get(placeKey(file.name, target))
    return /^FLUSH(ALL|DB)$/.test(target.command) && keys && Object.keys(keys).length === 0
  })
}

const placeKey = (file: string, {offset}: {offset: number}): string => `${offset} ${file}`

function undoneOf(file: string, target: Target, {chain, taken, replayed}: Plan): Undone {
  const {offset, record, fileRecord, transaction, timestamp, db, command, instead} = target
  return {
    file,
    offset,
    record: chain === 0 ? record : null,
    fileRecord,
    transaction,
    time: timestamp === null ? null : new Date(timestamp * 1000).toISOString(),
    db,
    command,
    rewritten: instead !== null,
    keys: replayed === null ? null : (taken.get(placeKey(file, target)) ?? {}),
  }
}
