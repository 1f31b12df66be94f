/** An integer that every reader of JSON gets exactly: past 2^53 as a string. */
export function integerText(value: bigint): string {
  const isSafe = value <= 9007199254740992n && value >= -9007199254740992n
  return isSafe ? String(value) : `"${value}"`
}
