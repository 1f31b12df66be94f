/** How far a master is ahead of us, asked on a connection of its own. */
import {isOwn} from '../errors.ts'
import {Client} from '../net/client.ts'
import {readInfo} from '../net/server-info.ts'
import type {ServerSettings} from '../net/server-settings.ts'

/** In bytes of its stream; null where it does not say. */
export async function readLag(server: ServerSettings, offset: number): Promise<number | null> {
  try {
    const client = await Client.connect({...server, db: null}, new AbortController().signal)
    try {
      const written = Number((await readInfo(client)).get('master_repl_offset') ?? Number.NaN)
      return Number.isFinite(written) ? Math.max(0, written - offset) : null
    } finally {
      client.close()
    }
  } catch (error) {
    if (!isOwn(error)) throw error
    return null
  }
}
