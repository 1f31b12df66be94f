/** The code of an error that Node made (`ENOENT`, `ERR_...`), or null when it is something else. */
export function errorCode(error: unknown): string | null {
  // Not instanceof: an error made in another realm is one too.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' && /^E[A-Z0-9]+$|^ERR_/.test(error.code) ? error.code : null
}

/** What a call gives, or null where the system refuses it. */
export function attempt<T>(call: () => T): T | null {
  try {
    return call()
  } catch (error) {
    if (errorCode(error) === null) throw error
    return null
  }
}
