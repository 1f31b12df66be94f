import type {Command} from '../engine/commands/row.ts'
import {type Effect, effectOf} from './live-sample.ts'

/** What is known of a command without its arguments. */
export interface CommandKind {
  name: string
  effect: Effect | null
  /** Its first argument is its only key. */
  simple: boolean
  select: boolean
}

export function kindOf(command: Command): CommandKind {
  const {name, flags, firstKey, lastKey} = command
  return {
    name,
    effect: effectOf(command),
    simple: firstKey === 1 && lastKey === 1 && !flags.has('movablekeys'),
    select: flags.has('select'),
  }
}
