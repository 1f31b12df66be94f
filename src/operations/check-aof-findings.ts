/** What can be wrong in the text of an append-only file, and what a server would do about it. */

import type {Deviation} from '../formats/aof/loader.ts'
import type {AofReader} from '../formats/aof/reader.ts'
import type {Damage} from '../formats/aof/recover.ts'
import type {LogState} from '../formats/aof/state.ts'
import type {FormatError, FormatErrorCode} from '../formats/errors.ts'
import type {AofContext} from './check-aof-context.ts'
import {nextStep} from './next-step.ts'
import type {Finding, Severity} from './reports.ts'

interface Repeated {
  finding: Finding
  message: string
  count: number
  /** Runs count this command: what they counted is right. */
  command: string | null
}

/** So many different names or kinds are told apart; the rest is not reported one by one. */
const KINDS_MAX = 1000
const RELATIVE_EXPIRY = ['EXPIRE', 'PEXPIRE', 'SETEX', 'PSETEX']

export class AofFindings {
  private readonly context: AofContext
  private readonly reader: AofReader
  private readonly state: LogState
  /** One finding for all records with the same trouble, with how many there are. */
  private readonly repeated = new Map<string, Repeated>()

  constructor(context: AofContext, reader: AofReader, state: LogState) {
    this.context = context
    this.reader = reader
    this.state = state
  }

  unknownCommand(name: string): void {
    this.repeat(
      name,
      'AOF_COMMAND',
      'error',
      `no server knows the command ${showName(name)}`,
      'A server refuses to start: "Unknown command ... reading the append only file". redis-check-aof calls the file valid.',
    )
  }

  moduleCommand(name: string): void {
    this.repeat(
      name,
      'AOF_COMMAND',
      'note',
      `${showName(name)} belongs to a module`,
      'A server without that module refuses to start: "Unknown command". Redis 8 has vector sets built in.',
      {command: name},
    )
  }

  wrongArity(name: string, arity: number): void {
    const wanted = arity < 0 ? `at least ${-arity}` : `${arity}`
    this.repeat(
      `${name} arity`,
      'AOF_ARITY',
      'error',
      `${showName(name)} takes ${wanted} arguments, its name included, not ${this.reader.argc}`,
      'Redis up to 7.x does not check this while loading and may crash; Valkey 9 refuses to start. redis-check-aof calls the file valid.',
    )
  }

  selectOutOfRange(db: number): void {
    const {state} = this
    const what = db < 0 ? 'SELECT of something that is no database' : `SELECT of database ${db}`
    this.add(
      'AOF_SELECT',
      'error',
      this.reader.offset,
      `${what}, and there are ${state.databases}`,
      `A server logs an error and goes on: everything up to the next SELECT is written into database ${state.db} instead. Raise \`databases\` before loading it.`,
    )
  }

  nestedMulti(): void {
    const {openOffset} = this.state
    this.add(
      'AOF_MULTI',
      'warning',
      this.reader.offset,
      `MULTI inside the transaction that began at offset ${openOffset}`,
      'A server logs an error, and goes on. redis-check-aof calls the file invalid from there on.',
    )
  }

  strayExec(): void {
    this.add(
      'AOF_MULTI',
      'warning',
      this.reader.offset,
      'EXEC without MULTI',
      'A server logs an error, and goes on. redis-check-aof calls the file invalid from there on.',
    )
  }

  discard(): void {
    const {open, openOffset} = this.state
    const inside = `DISCARD inside the transaction that began at offset ${openOffset}`
    this.add(
      'AOF_MULTI',
      open ? 'error' : 'warning',
      this.reader.offset,
      open ? inside : 'DISCARD without MULTI',
      open
        ? 'While loading, a server queues it: the transaction stays open, and what follows is queued as well, up to the next EXEC.'
        : 'A server logs an error, and goes on.',
    )
  }

  flush(name: string): void {
    const where = name === 'FLUSHALL' ? 'every database' : `database ${this.state.db}`
    const dump =
      name === 'FLUSHALL' ? ' If save points are set, loading it also overwrites dump.rdb.' : ''
    this.add(
      'AOF_FLUSH',
      'note',
      this.reader.offset,
      `${name} empties ${where} here`,
      `What was written before it is still in this file, but a server will not have it.${dump}`,
    )
  }

  script(name: string): void {
    this.repeat(
      name,
      'AOF_SCRIPT',
      'note',
      `${name} runs a script while the log is loaded`,
      'Its effects depend on the server that runs it.',
      {command: name},
    )
  }

  deviation({code, offset, detail, passesCheckAof}: Deviation): void {
    const other =
      code === 'AOF_ANNOTATION' && detail.includes('does not end')
        ? 'Servers load it, but the next command that one appends becomes part of the annotation, and the file unreadable.'
        : `Servers load it. redis-check-aof ${passesCheckAof ? 'passes' : 'rejects'} it.`
    this.repeat(detail, code, 'warning', detail, other, {offset})
  }

  /** Records cannot be read at the reader's offset. */
  damage(error: FormatError, damage: Damage): void {
    const {reader} = this
    let {code, offset} = error
    let message = error.message
    const {until, nulBytes, nulTail} = damage
    if (code === 'TRUNCATED' && until >= 0) {
      // A length that is wrong makes a record swallow what follows.
      code = 'AOF_LENGTH'
      offset = reader.lineOffset + 1
      message = 'a length reaches past the end, although whole records follow'
    } else if (nulBytes > 0) {
      message = `${nulBytes} NUL bytes where a record should start${nulTail ? ', up to the end' : ''}`
    }
    const rest =
      until >= 0
        ? `; records go on at offset ${until}, ${until - reader.offset} bytes later`
        : code === 'TRUNCATED' || nulTail
          ? ''
          : '; nothing behind it can be read as records'
    const shown = `${message} (command ${reader.record} begins at offset ${reader.offset})${rest}`
    this.add(code, 'error', offset, shown, this.damageMeaning())
  }

  openTransaction(damaged: boolean): void {
    const {openOffset, openRecord} = this.state
    const {isLastFile, start} = this.context
    if (damaged) return
    const meaning = !isLastFile
      ? this.notLast(openOffset)
      : start > 0 && openOffset === start
        ? this.emptied()
        : `A server takes the transaction back: it cuts the file on disk at offset ${openOffset} and starts ("Revert incomplete MULTI/EXEC transaction"). With aof-load-truncated no it refuses to start.`
    const message = 'the file ends inside a transaction: MULTI without EXEC'
    this.add('AOF_MULTI', 'error', openOffset, message, meaning, openRecord)
  }

  /** Put counts into messages, and add what only the whole file shows. */
  finish(commandCounts: Record<string, number>): void {
    for (const {finding, message, command, count: seen} of this.repeated.values()) {
      const count = command === null ? seen : (commandCounts[command] ?? seen)
      finding.message = count > 1 ? `${message} (${count} times, here first)` : message
    }
    const relative = RELATIVE_EXPIRY.filter((name) => commandCounts[name] > 0)
    if (relative.length === 0) return
    const count = relative.reduce((sum, name) => sum + commandCounts[name], 0)
    const message = `${count} expiries that count from the moment of loading (${relative.join(', ')})`
    const meaning =
      'Every load starts them again: keys live longer than they were meant to. Servers log absolute times.'
    this.context.addFinding({
      ...this.finding('AOF_EXPIRY', 'warning', null, message, meaning, null),
      db: null,
      next: null,
    })
  }

  /** What the loader does with a record that cannot be read. */
  private damageMeaning(): string {
    const {reader, state, context} = this
    const {offset} = reader
    switch (reader.verdict) {
      case 'format-error':
        return 'A server refuses to start ("Bad file format reading the append only file") and leaves the file alone. redis-check-aof --fix throws away everything from there on.'
      case 'crash':
        return 'A server aborts while it tries to allocate that. redis-check-aof --fix throws away everything from there on.'
      default:
    }
    if (!context.isLastFile) return this.notLast(offset)
    if (context.start > 0 && offset === context.start) return this.emptied()
    const cut = `A server with aof-load-truncated yes, the default, takes it for an early end: it cuts the file on disk at offset ${offset} and starts. With no it refuses to start.`
    if (!state.open) return cut
    return `${cut} The MULTI at offset ${state.openOffset} stays open then: at the start after that, everything written since is taken back and cut off.`
  }

  private notLast(offset: number): string {
    return `This is not the last file: a server cuts it on disk at offset ${offset}, then refuses to start; the start after that succeeds, without what is missing.`
  }

  private emptied(): string {
    return 'A server cuts this file on disk to 0 bytes, RDB part included, and starts with the data in memory only. Do not start one.'
  }

  private repeat(
    kind: string,
    code: FormatErrorCode,
    severity: Severity,
    message: string,
    meaning: string,
    {offset = this.reader.offset, command = null as string | null} = {},
  ): void {
    const key = `${code} ${kind}`
    const known = this.repeated.get(key)
    if (known) {
      known.count++
    } else if (this.repeated.size < KINDS_MAX) {
      const finding = this.add(code, severity, offset, message, meaning)
      this.repeated.set(key, {finding, message, command, count: 1})
    }
  }

  private add(
    code: FormatErrorCode,
    severity: Severity,
    offset: number,
    message: string,
    meaning: string,
    record = this.reader.record,
  ): Finding {
    const finding = this.finding(code, severity, offset, message, meaning, record)
    this.context.addFinding(finding)
    return finding
  }

  private finding(
    code: FormatErrorCode,
    severity: Severity,
    offset: number | null,
    message: string,
    meaning: string,
    record: number | null,
  ): Finding {
    const {file, input} = this.context
    const next = severity === 'error' ? nextStep(code, input) : null
    const {db} = this.state
    return {code, severity, file, offset, record, db, key: null, path: [], message, meaning, next}
  }
}

/** A name that does not look like one may be part of a value: only its length is shown. */
function showName(name: string): string {
  return /^[\w.:| -]{1,48}$/.test(name) ? name : `of ${name.length} bytes`
}
