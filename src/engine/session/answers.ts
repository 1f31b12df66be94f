/** What answers commands about the connection and the server; those about keys are in read/table.ts. */
import type {Answer} from './answer.ts'
import {CLIENT_ANSWERS} from './clients.ts'
import {COMMAND_ANSWERS} from './command-docs.ts'
import {CONFIG_ANSWERS} from './config.ts'
import {CONNECTION_ANSWERS} from './connection.ts'
import {DEBUG_ANSWERS} from './debug.ts'
import {INFO_ANSWERS} from './info.ts'
import {PERSISTENCE_ANSWERS} from './persistence.ts'
import {PUBSUB_ANSWERS} from './pubsub.ts'
import {REPLICATION_ANSWERS} from './replication-answers.ts'
import {SERVER_ANSWERS} from './server.ts'
import {TRANSACTION_ANSWERS} from './transactions.ts'

export const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ...CONNECTION_ANSWERS,
  ...CLIENT_ANSWERS,
  ...TRANSACTION_ANSWERS,
  ...PUBSUB_ANSWERS,
  ...INFO_ANSWERS,
  ...SERVER_ANSWERS,
  ...REPLICATION_ANSWERS,
  ...CONFIG_ANSWERS,
  ...PERSISTENCE_ANSWERS,
  ...COMMAND_ANSWERS,
  ...DEBUG_ANSWERS,
])
