/** `serve --listen-replicas`: what replicas get everything from, a file that is read by all who came at the same moment. */
import {CommandError} from '../engine/call.ts'
import {type GiveSnapshot, Replication} from '../engine/session/replication.ts'
import type {ServedDataset} from '../engine/session/served.ts'
import type {Session} from '../engine/session/session.ts'
import {Exit, isOwn} from '../errors.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'
import type {ScratchFile} from '../io/scratch-file.ts'
import {replicationId, SnapshotFeed} from '../net/snapshot-feed.ts'
import type {DatasetSaver} from './serve-save.ts'
import type {StreamPlace} from './snapshot-time.ts'

export interface ReplicaOptions {
  backlogBytes: number
  heldMax: number
}

const CHUNK = 0x40000

/** The data as it was at one place of the stream. */
interface Snapshot {
  readonly offset: number
  readonly file: ScratchFile
  readonly size: number
  users: number
}

/** Let clients of `served` replicate. Returns what takes away what is left in the end. */
export function listenReplicas(
  served: ServedDataset,
  saver: DatasetSaver,
  options: ReplicaOptions,
  /** What led to what is served. */
  history: StreamPlace | null,
): {tick: () => void; close: () => void} {
  const snapshots = new Snapshots(saver, nodeDisk())
  const settings = {id: replicationId(), history, ...options}
  const replication = new Replication(served, settings, (offset) => snapshots.at(offset))
  served.replication = replication
  const {commit} = served
  served.commit = () => {
    const isKept = commit()
    // Nobody replicates what is not kept.
    if (isKept) replication.hand()
    return isKept
  }
  return {tick: () => replication.tick(), close: () => snapshots.close()}
}

class Snapshots {
  private readonly saver: DatasetSaver
  private readonly disk: Disk
  private readonly all = new Set<Snapshot>()

  constructor(saver: DatasetSaver, disk: Disk) {
    this.saver = saver
    this.disk = disk
  }

  /** @throws CommandError where the data cannot be written. */
  at(offset: number): GiveSnapshot {
    const snapshot = [...this.all].find((each) => each.offset === offset) ?? this.make(offset)
    snapshot.users++
    return async (session, id) => {
      try {
        return await this.give(session, id, snapshot)
      } finally {
        if (--snapshot.users === 0) this.remove(snapshot)
      }
    }
  }

  close(): void {
    for (const snapshot of this.all) this.remove(snapshot)
  }

  private make(offset: number): Snapshot {
    try {
      const file = this.saver.scratch()
      const size = this.disk.stat(file.path)?.size ?? 0
      const snapshot = {offset, file, size, users: 0}
      this.all.add(snapshot)
      return snapshot
    } catch (error) {
      if (!isOwn(error)) throw error
      throw new CommandError(`ERR there is no snapshot for replicas: ${error.message}`)
    }
  }

  private remove(snapshot: Snapshot): void {
    snapshot.file.remove()
    this.all.delete(snapshot)
  }

  /** False when the client has gone, or the file cannot be read. */
  private async give(session: Session, id: string | null, snapshot: Snapshot): Promise<boolean> {
    const {disk} = this
    const feed = new SnapshotFeed(session, session.address)
    if (id !== null) feed.announce(id, snapshot.offset)
    let fd = -1
    try {
      fd = disk.open(snapshot.file.path, 'r')
      await feed.begin(snapshot.size)
      for (let left = snapshot.size; left > 0; ) {
        const chunk = new Uint8Array(Math.min(CHUNK, left))
        const length = disk.read(fd, chunk, 0, chunk.length, null)
        if (length === 0) return false
        await feed.write(chunk.subarray(0, length))
        // While it receives it says nothing.
        session.heard()
        left -= length
      }
      return true
    } catch (error) {
      if (isOwn(error) && (error.exit === Exit.NETWORK || error.exit === Exit.DISK)) return false
      throw error
    } finally {
      feed.stop()
      if (fd >= 0) disk.close(fd)
    }
  }
}
