import type {CommandRow} from './row.ts'

/** Arrays and rate limits (Redis 8.8). Row format: see row.ts. */
export const ARRAYS_COMMANDS: readonly CommandRow[] = [
  // array
  ['ARCOUNT', 2, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARDEL', -3, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARDELRANGE', -4, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARGET', 3, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARGETRANGE', 4, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARGREP', -6, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARINFO', -2, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARINSERT', -3, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARLASTITEMS', -3, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARLEN', 2, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARMGET', -3, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARMSET', -4, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARNEXT', 2, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['AROP', -5, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARRING', -4, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARSCAN', -4, 'array', '8.8.0', 'readonly', 1, 1, 1],
  ['ARSEEK', 3, 'array', '8.8.0', 'write', 1, 1, 1],
  ['ARSET', -4, 'array', '8.8.0', 'write', 1, 1, 1],
  // rate-limit
  ['GCRA', -5, 'rate-limit', '8.8.0', 'write', 1, 1, 1],
]
