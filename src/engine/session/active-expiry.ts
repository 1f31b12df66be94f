/**
 * Removes keys whose time is over although nobody looks at them: a part of the tables every time, more of them while much is found.
 * Source: activeExpireCycle() in expire.c.
 */
import {readTable} from '../read/scan.ts'
import type {ServedDataset} from './served.ts'

/** Entries of a database that are looked at in one go. */
const SOME = 1024
const ROUNDS = 16
/** It goes on while more than one of so many with an expiry was over. */
const RARE = 4

export class ActiveExpiry {
  private readonly server: ServedDataset
  /** Where to go on, by number of the database. */
  private readonly cursors = new Map<number, number>()

  constructor(server: ServedDataset) {
    this.server = server
  }

  run(): void {
    const {server} = this
    server.call.nowMs = server.now()
    for (const number of server.keyspace.numbers()) {
      for (let round = 0; round < ROUNDS && this.removeSome(number); round++);
    }
    server.propagation.flush(false)
    server.waiters.serveReady()
  }

  /** Returns whether there is likely more. */
  private removeSome(number: number): boolean {
    const {call, keyspace} = this.server
    const db = keyspace.database(number)
    if (db.expires === 0) return false
    const over: number[] = []
    let expiring = 0
    const next = readTable(db, this.cursors.get(number) ?? 0, SOME, (entry) => {
      if (db.expiresAtMs(entry) === null) return
      expiring++
      if (call.isOver(db, entry)) over.push(entry)
    })
    this.cursors.set(number, next)
    for (const entry of over) call.expire(number, db, entry)
    return over.length * RARE > expiring
  }
}
