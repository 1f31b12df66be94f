/** Clients that wait, and what others do meanwhile: the same scenario is played on a server and on `serve`. */
import {comparable} from './replies.ts'
import {RespClient} from './resp-client.ts'

/** What is there before, what waits (each its own client), what others do then. A line is a command. */
export interface Scenario {
  readonly before?: readonly string[]
  readonly waits: readonly string[]
  readonly acts: readonly string[]
}

/** Until that client waits, or does not any more. */
async function isBlocked(client: RespClient, id: number, isOver: () => boolean): Promise<void> {
  for (let tries = 10000; tries > 0; tries--) {
    const line = String(await client.raw('CLIENT', 'LIST', 'ID', id))
    if (isOver() || / flags=\w*b/.test(line)) return
  }
  throw new Error('it does not wait')
}

/** Play it on the server behind `port`; `after` are commands that show what is left. Returns all replies. */
export async function playWaiting(
  port: number,
  client: RespClient,
  {before = [], waits, acts}: Scenario,
  after: readonly string[],
): Promise<Record<'before' | 'acts' | 'told' | 'after', unknown[]>> {
  const all = async (lines: readonly string[]) => {
    const replies: unknown[] = []
    for (const words of lines.map((line) => line.split(' '))) {
      replies.push(comparable(words, await client.raw(...words)))
    }
    return replies
  }
  await all(['SELECT 0', 'FLUSHALL'])
  const was = await all(before)
  const clients = await Promise.all(waits.map(() => RespClient.connect(port)))
  const waiting: Promise<unknown>[] = []
  for (const [i, line] of waits.entries()) {
    const words = line.split(' ')
    const id = Number(await clients[i].command('CLIENT', 'ID'))
    let isOver = false
    const reply = clients[i].raw(...words).finally(() => {
      isOver = true
    })
    waiting.push(reply.then((each) => comparable(words, each)))
    // The server has to have seen it before the next one comes.
    await isBlocked(client, id, () => isOver)
  }
  const acted = await all(acts)
  const told = await Promise.all(waiting)
  for (const each of clients) each.close()
  return {before: was, acts: acted, told, after: await all(after)}
}
