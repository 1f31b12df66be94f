/** `maxmemory`: makes room before a command is run, and says which commands have to wait for it. Source: processCommand(), evict.c. */
import {LiveEviction} from '../eviction/evict-live.ts'
import {measureOf} from '../eviction/policies.ts'
import {KeyClocks} from '../key-clocks.ts'
import type {ServedDataset} from './served.ts'

export const OUT_OF_ROOM = "OOM command not allowed when used memory > 'maxmemory'."

/** Of the commands that write, those that never need more memory: a server runs them all the same. */
const NEED_NONE = new Set(
  `DEL UNLINK GETDEL DELEX DELIFEQ EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST GETEX RENAME RENAMENX MOVE SWAPDB
   FLUSHDB FLUSHALL SFLUSH TRIMSLOTS LPOP RPOP LMPOP BLPOP BRPOP BLMPOP LREM LTRIM SPOP SREM SMOVE HDEL HGETDEL
   HGETEX HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HPERSIST ZREM ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX ZMPOP BZMPOP
   ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX XDEL XDELEX XTRIM XACK XACKDEL XCLAIM XAUTOCLAIM XREADGROUP
   XSETID XNACK ARDEL ARDELRANGE`.split(/\s+/),
)

export class Room {
  readonly eviction: LiveEviction
  private readonly server: ServedDataset

  constructor(server: ServedDataset) {
    this.server = server
    this.eviction = new LiveEviction(server.keyspace)
    this.policyChanged()
  }

  /** Uses of keys are kept while something is done with them. */
  policyChanged(): void {
    const {call, options, clock} = this.server
    const {maxmemory, policy} = options.eviction
    const measure = measureOf(policy)
    const keeps = options.writable && maxmemory > 0 && (measure === 'idle' || measure === 'freq')
    if (!keeps) call.clocks = null
    else if (call.clocks?.measure !== measure) {
      call.clocks = new KeyClocks(this.server.keyspace, measure, clock())
    }
  }

  /** Make room. False where there is none, and the command would need some. */
  admits(name: string, isWrite: boolean): boolean {
    const {options, keyspace, propagation} = this.server
    const {eviction: rules} = options
    if (!options.writable || rules.maxmemory === 0 || keyspace.arena.used <= rules.maxmemory)
      return true
    const {server} = this
    const hasRoom = this.eviction.makeRoom(
      rules,
      server.call.clocks,
      server.call.nowMs,
      (number, db, entry) => server.goes(number, db.keyStart(entry), db.keyEnd(entry)),
    )
    propagation.flush(false)
    return hasRoom || !isWrite || NEED_NONE.has(name)
  }
}
