export function writeOverwrittenLog(
  path: string,
  options: {bytes: number; dataBytes: number; seed?: number},
): number
