import {bitCommand} from './bits.ts'
import type {Maker} from './group.ts'
import {hyperloglogCommand} from './hyperloglogs.ts'
import {keyCommand} from './keys.ts'
import {streamCommand} from './streams.ts'
import {stringCommand} from './strings.ts'
import {transactionCommand} from './transactions.ts'
import {VALUE_GROUPS} from './values.ts'

/** What is run by itself, and together with all others. A new group is a row here. */
export const WRITE_GROUPS: Readonly<Record<string, Maker>> = {
  strings: stringCommand,
  keys: keyCommand,
  ...VALUE_GROUPS,
  bits: bitCommand,
  hyperloglogs: hyperloglogCommand,
  streams: streamCommand,
  transactions: transactionCommand,
}
