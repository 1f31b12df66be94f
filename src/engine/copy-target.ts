import type {Call} from './call.ts'

/** Number of the database that COPY goes to, as far as it is one. */
export function copyTarget(call: Call): number {
  for (let i = 3; i + 1 < call.argc; i++) {
    const number = call.is(i, 'DB') ? Number(call.text(i + 1)) : -1
    if (number >= 0 && number < call.databases) return number
  }
  return call.dbNumber
}
