/** A master that says what a test wants. */
import type {Socket} from 'node:net'
import {listen, type Relay} from './live.ts'

export const REPLID = 'abcdef0123456789abcdef0123456789abcdef01'
export const MARK = '0123456789abcdef0123456789abcdef01234567'

export interface FakeMaster extends Relay {
  /** Commands that it got, in order. */
  readonly commands: string[][]
}

/** `onSync` gets the connection when PSYNC comes; everything before is answered as a master does, unless `replies` says otherwise. */
export async function fakeMaster(
  onSync: (socket: Socket, id: string, offset: number) => void,
  replies: Readonly<Record<string, string>> = {},
): Promise<FakeMaster> {
  const commands: string[][] = []
  const relay = await listen((socket) => {
    let held = ''
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1')
      for (let words = command(); words !== null; words = command()) {
        commands.push(words)
        const name = words[0].toUpperCase()
        if (name === 'PSYNC') onSync(socket, words[1], Number(words[2]))
        else if (words[1] !== 'ACK') socket.write(`${replies[name] ?? standard(name)}\r\n`)
      }
    })
    /** The next whole command, taken off what came. */
    function command(): string[] | null {
      const count = /^\*(\d+)\r\n/.exec(held)
      if (count === null) return null
      const words: string[] = []
      let at = count[0].length
      for (let i = 0; i < Number(count[1]); i++) {
        const length = /^\$(\d+)\r\n/.exec(held.slice(at))
        if (length === null) return null
        const start = at + length[0].length
        const end = start + Number(length[1])
        if (held.length < end + 2) return null
        words.push(held.slice(start, end))
        at = end + 2
      }
      held = held.slice(at)
      return words
    }
  })
  return {...relay, commands}
}

const standard = (name: string) => (name === 'PING' ? '+PONG' : '+OK')
