/** Which node of a cluster serves which slots. */
import type {Reply} from '../formats/resp/reply.ts'
import {text} from '../formats/text.ts'
import type {Client} from './client.ts'
import type {ServerSettings} from './server-settings.ts'

export interface SlotRange {
  first: number
  last: number
  host: string
  port: number
}

/** Masters by range of slots. A node that does not know its own address is where we reached it. */
export async function readSlots(client: Client, settings: ServerSettings): Promise<SlotRange[]> {
  const ranges = (await client.call('CLUSTER', 'SLOTS')) as Reply[][]
  return ranges.map(([first, last, master]) => {
    const [address, port] = master as Reply[]
    const host = address instanceof Uint8Array ? text(address) : ''
    return {
      first: Number(first),
      last: Number(last),
      host: host === '' || host === '?' ? settings.host : host,
      port: Number(port),
    }
  })
}

/** Settings for each master, one of each; the same credentials get in. */
export function mastersOf(
  ranges: readonly SlotRange[],
  settings: ServerSettings,
): ServerSettings[] {
  const byAddress = new Map(ranges.map(({host, port}) => [`${host}:${port}`, {host, port}]))
  return [...byAddress.values()].map((at) => nodeAt(settings, at.host, at.port))
}

export function nodeAt(settings: ServerSettings, host: string, port: number): ServerSettings {
  return {...settings, host, port, socket: null, db: null}
}
