/**
 * Which files make up an AOF set, also where its manifest is damaged, lies, or is not there. A manifest that a server accepts is
 * believed; else names and contents count: a base of the highest sequence, and the incr files that were opened after it.
 */
import {basename, dirname, join} from 'node:path'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import type {SetDecision} from './edit-reports.ts'

export interface Member {
  file: LayoutFile
  type: 'b' | 'i'
  seq: number
}

export interface SetMembers {
  directory: string
  manifest: string
  members: Member[]
  decisions: SetDecision[]
  /** The manifest was not believed: files may be in it that are older than the base. */
  rebuilt: boolean
}

/** `<appendfilename>.<seq>.base.rdb`, `.base.aof`, `.incr.aof`. */
const MEMBER = /^(.+)\.(\d{1,15})\.(base|incr)\.(?:rdb|aof)$/

/** @returns null where the layout is no set. */
export function setMembers(layout: Layout): SetMembers | null {
  const {files} = layout
  const manifest = files.find(({role}) => role === 'manifest')
  const candidates = files.filter((file) => memberName(file) !== null)
  const path = manifest?.path ?? candidates[0]?.path
  if (path === undefined || layout.kind === 'rdb' || layout.kind === 'aof') return null
  const set = new MemberChoice(layout, manifest)
  return {
    directory: dirname(path),
    manifest: manifest ? basename(manifest.path) : `${memberName(candidates[0])?.[1]}.manifest`,
    members: set.choose(),
    decisions: set.decisions,
    rebuilt: set.rebuilt,
  }
}

function memberName({path}: LayoutFile): RegExpExecArray | null {
  return MEMBER.exec(basename(path))
}

class MemberChoice {
  readonly decisions: SetDecision[] = []
  readonly rebuilt: boolean
  private readonly layout: Layout
  private readonly spare: LayoutFile[]

  constructor(layout: Layout, manifest: LayoutFile | undefined) {
    this.layout = layout
    const refused = layout.findings.filter(({code, severity}) => {
      return severity === 'error' && (code.startsWith('MANIFEST') || code === 'SET_NO_MANIFEST')
    })
    this.rebuilt = refused.length > 0 || manifest === undefined || manifest.bytes === 0
    this.spare = layout.files.filter((file) => file.role === 'orphan' && memberName(file) !== null)
    if (!this.rebuilt) return
    const name = manifest?.name ?? '.'
    this.decide(
      name,
      'the manifest was written anew from what it says and from the files beside it',
    )
  }

  choose(): Member[] {
    const incrs = this.incrs()
    const base = this.base(incrs)
    const members = base === null ? incrs : [base, ...incrs]
    return members.map(({file, type}, i) => ({file, type, seq: this.sequence(members, i)}))
  }

  private base(incrs: readonly Member[]): Member | null {
    const named = this.unique(this.layout.files.filter(({role}) => role === 'base'))
    const sound = named.filter(({head, bytes, seq}) => head !== null && (bytes > 0 || seq === 1))
    const [best, ...others] = sound.sort((a, b) => sequenceOf(b) - sequenceOf(a))
    for (const other of others)
      this.decide(other.name, `left out: ${best.name} is the newer base`, false)
    if (best !== undefined && best.bytes > 0) return {file: best, type: 'b', seq: sequenceOf(best)}
    return this.otherBase(named, incrs) ?? (best ? {file: best, type: 'b', seq: 1} : null)
  }

  /** The base is missing or empty: an older one with everything since, or one that no manifest names. */
  private otherBase(named: readonly LayoutFile[], incrs: readonly Member[]): Member | null {
    const {files} = this.layout
    const [lost] = named
    const history = files.filter(
      ({role, head, bytes}) => role === 'history' && head !== null && bytes > 0,
    )
    const older = history
      .filter((file) => memberName(file)?.[3] === 'base')
      .sort(bySequence)
      .at(-1)
    if (older !== undefined) {
      const logs = history.filter((file) => memberName(file)?.[3] === 'incr').sort(bySequence)
      this.adopt(logs, incrs as Member[])
      this.decide(
        older.name,
        'taken as the base, from before the last rewrite, with the logs since',
      )
      return {file: older, type: 'b', seq: sequenceOf(older)}
    }
    const spare = this.spare.filter((file) => memberName(file)?.[3] === 'base' && file.bytes > 0)
    const found = spare.sort(bySequence).at(-1)
    if (found !== undefined) {
      this.decide(found.name, 'taken as the base: no manifest names it', false)
      return {file: found, type: 'b', seq: sequenceOf(found)}
    }
    const data = incrs.some(({file}) => file.bytes > 0)
    const fresh = lost?.head === 'empty' && lost.seq === 1 && lost.name.endsWith('.base.aof')
    if (data && !fresh) {
      const what =
        lost === undefined
          ? 'there is no base'
          : `the base is ${lost.head === null ? 'missing' : 'empty'}`
      const name = lost?.name ?? files.find(({role}) => role === 'manifest')?.name ?? '.'
      this.decide(
        name,
        `${what}: keys that were written before the first log are gone`,
        false,
        true,
      )
    }
    return null
  }

  private adopt(logs: readonly LayoutFile[], incrs: Member[]): void {
    incrs.unshift(...logs.map((file): Member => ({file, type: 'i', seq: sequenceOf(file)})))
  }

  private incrs(): Member[] {
    const named = this.unique(this.layout.files.filter(({role}) => role === 'incr'))
    const found = named.flatMap((file) => this.presentOrSpare(file))
    if (this.rebuilt) {
      const known = new Set(found.map(({path}) => path))
      for (const file of this.spare) {
        if (memberName(file)?.[3] !== 'incr' || known.has(file.path) || file.bytes === 0) continue
        found.push(file)
        this.decide(file.name, 'taken as a log of this set: its name says so', false)
      }
    }
    const ascending = found.every((file, i) => i === 0 || (file.seq ?? 0) > (found[i - 1].seq ?? 0))
    if (!ascending) found.sort(bySequence)
    return found.map((file) => ({file, type: 'i', seq: file.seq ?? sequenceOf(file)}))
  }

  private presentOrSpare(file: LayoutFile): LayoutFile[] {
    if (file.head !== null) return [file]
    const wanted = memberName(file)
    const other = this.spare.find((spare) => {
      const name = memberName(spare)
      return name?.[3] === wanted?.[3] && name?.[2] === wanted?.[2] && spare.bytes > 0
    })
    if (other === undefined) {
      this.decide(file.name, 'is missing: what was written to it is gone', true, true)
      return []
    }
    this.decide(other.name, `taken in place of ${file.name}, which is missing`, false)
    return [{...other, seq: file.seq}]
  }

  private unique(files: readonly LayoutFile[]): LayoutFile[] {
    const seen = new Set<string>()
    return files.filter(({path, name}) => {
      if (!seen.has(path)) return seen.add(path)
      this.decide(name, 'is named twice: a server would apply it twice; it is kept once')
      return false
    })
  }

  /** As in the manifest where that ascends, else counted from 1. */
  private sequence(members: readonly Member[], i: number): number {
    const {type, seq} = members[i]
    const same = members.filter((member) => member.type === type)
    const ascending = same.every((member, n) => member.seq > (n === 0 ? 0 : same[n - 1].seq))
    return ascending ? seq : same.indexOf(members[i]) + 1
  }

  private decide(file: string, message: string, certain = true, loss = false): void {
    this.decisions.push({file, message, certain, loss})
  }
}

function sequenceOf(file: LayoutFile): number {
  return Number(memberName(file)?.[2] ?? file.seq ?? 1)
}

function bySequence(a: LayoutFile, b: LayoutFile): number {
  return sequenceOf(a) - sequenceOf(b)
}

/** Where the output lies: a directory like that of the input. */
export function outputDirectory(layout: Layout, set: SetMembers, output: string): string {
  return layout.source === 'data-directory' ? join(output, basename(set.directory)) : output
}
