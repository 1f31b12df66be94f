import {AofReader} from '../formats/aof/reader.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import {bufferSource, InlineFeed} from '../formats/bytes/inline-feed.ts'
import {FormatError} from '../formats/errors.ts'
import {createKernel} from '../formats/kernel/kernel.ts'
import type {Host} from '../io/host.ts'

/** How many records these bytes are, framed as servers write them, with transactions closed; -1 where they are something else. */
export function wholeRecords({kernel}: Host, bytes: Uint8Array): number {
  // Its own memory: the host's window is in use.
  const c = new Cursor(createKernel(kernel.module))
  const reader = new AofReader(c.open(new InlineFeed(bufferSource(bytes), c.kernel)))
  let open = 0
  try {
    while (reader.next() !== 'end') {
      const name = reader.commandName()
      reader.finish()
      if (reader.deviation) return -1
      if (name === 'MULTI') open++
      if (name === 'EXEC') open--
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return -1
  }
  return open === 0 ? reader.record : -1
}
