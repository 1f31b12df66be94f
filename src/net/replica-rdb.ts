/** A server as the snapshot that it sends a replica: one moment of its data, whatever is written meanwhile. */
import {ReplicaLink} from './replica-link.ts'
import type {ServerSettings} from './server-settings.ts'

/** @throws RespiteError AUTH, NETWORK, BUSY. */
export async function* replicaRdb(
  settings: ServerSettings,
  until: AbortSignal,
  silenceMs?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const link = await ReplicaLink.open(settings, {rdbOnly: true, silenceMs}, until)
  try {
    yield* link.rdb()
  } finally {
    link.close()
  }
}
