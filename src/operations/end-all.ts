/**
 * Wait for work in several threads, this one's first. All of it ends before this returns or throws: the threads share the machine's
 * memory, and files. @throws the first error.
 */
export function endAll<Report>(ends: readonly (() => Report)[]): Report[] {
  const reports: Report[] = []
  let failure: unknown = null
  for (const end of ends) {
    try {
      reports.push(end())
    } catch (error) {
      failure ??= error
    }
  }
  if (failure !== null) throw failure
  return reports
}
