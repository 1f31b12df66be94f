/** Runs one command on a keyspace: looks up its row and its function, checks the arity, applies it. */

import {type Apply, type Call, CommandError} from '../call.ts'
import {arityAllows} from '../commands/row.ts'
import type {CommandTable} from '../commands/table.ts'

export class Engine {
  readonly call: Call
  private readonly table: CommandTable
  private readonly applies: ReadonlyMap<string, Apply>

  constructor(call: Call, table: CommandTable, applies: ReadonlyMap<string, Apply>) {
    this.call = call
    this.table = table
    this.applies = applies
  }

  /** Apply the command whose name is `name`, upper case; its arguments are in the call. @throws CommandError. */
  run(name: string): void {
    const command = this.table.find(name)
    const apply = command && this.applies.get(command.name)
    if (!command || !apply) throw new CommandError(`ERR unknown command '${name}'`)
    if (!arityAllows(command.arity, this.call.argc)) {
      throw new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`)
    }
    apply(this.call)
  }
}
