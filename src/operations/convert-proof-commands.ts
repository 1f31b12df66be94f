/** Reads commands back, in two threads where there are two: a digest of each half, which add up. */
import {QuickDigest} from '../engine/digest/quick-digest.ts'
import type {AofEntryWriter} from '../formats/aof/aof-entry-writer.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Feature} from '../formats/rdb/features.ts'
import type {Host} from '../io/host.ts'
import {type CommandsPart, commandsPart, type PartRead} from './commands-part.ts'
import {type ReadBack, unlikeOf} from './convert-proof.ts'
import {WORTH_A_THREAD} from './worth-a-thread.ts'

/** What the writer wrote to the file, which is read whole. `worth`: what a second thread is for. */
export function readBackCommands(
  host: Host,
  path: string,
  {odd, cuts}: Pick<AofEntryWriter, 'odd' | 'cuts'>,
  lost: ReadonlySet<Feature>,
  worth = WORTH_A_THREAD,
): ReadBack {
  const {beside} = host
  const last = cuts.at(-1)?.offset ?? 0
  const isWorth = beside !== undefined && beside.threads > 1 && last >= worth
  const cut = isWorth ? cuts.find(({offset}) => offset >= last / 2) : undefined
  const middle = cut?.offset ?? Number.POSITIVE_INFINITY
  const part = (from: CommandsPart['from'], until: number): CommandsPart => ({
    ...{from, until, lost: [...lost]},
    odd: odd.filter(({start}) => start >= from.offset && start < until),
  })
  const wait =
    cut && beside?.start<PartRead>('commands-part', [path], part(cut, Number.POSITIVE_INFINITY))
  const own = commandsPart(host, [path], part({offset: 0, db: 0}, middle))
  const reads = wait ? [own, wait()] : [own]
  const digest = new QuickDigest(new Cursor(host.kernel))
  let entries = 0
  for (const read of reads) {
    if (read.unlike !== null) throw unlikeOf(read.unlike)
    entries += read.entries
    digest.addTotals(read.totals)
  }
  return {entries, totals: digest.totals(), digest: digest.finish()}
}
