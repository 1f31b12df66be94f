/** What each database of a damaged RDB had and the output has not. */
import type {SalvageLoss} from './reports.ts'
import type {Part} from './salvage-partial.ts'
import type {SalvagePlan} from './salvage-plan.ts'

const newLoss = (): SalvageLoss => ({keys: null, types: {}, elementsKept: 0, elementsLost: 0})

/** Only databases of which something is known to be lost, or to be too much. */
export function lossOf(
  {announced, databases, gaps, end}: SalvagePlan,
  parts: readonly Part[],
): Record<string, SalvageLoss> {
  const losses: Record<string, SalvageLoss> = {}
  const lossIn = (db: number | string): SalvageLoss => (losses[db] ??= newLoss())
  // Of a sound file they are a hint that may be off.
  if (gaps.length > 0 || end.checksum === 'wrong' || end.checksum === 'missing') {
    for (const [db, keys] of Object.entries(announced)) {
      const kept = databases[db]?.keys ?? 0
      if (keys !== kept) lossIn(db).keys = keys - kept
    }
  }
  const partial = new Set(parts.map(({at}) => at))
  for (const {start, db, logical} of gaps) {
    if (logical === null || partial.has(start)) continue
    const {types} = lossIn(db)
    types[logical] = (types[logical] ?? 0) + 1
  }
  for (const {db, kept, claimed} of parts) {
    const loss = lossIn(db)
    loss.elementsKept += kept
    loss.elementsLost += Math.max(0, claimed - kept)
  }
  return losses
}
