import {Exit, RespiteError} from '../errors.ts'

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\x03', '\x04', '\b', '\x7f']

/** Ask for a line that is not shown. Null without a terminal: nothing ever waits for an answer there. */
export function askHidden(question: string): Promise<string | null> {
  const {stdin, stderr} = process
  if (!stdin.isTTY || !stderr.isTTY) return Promise.resolve(null)
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    let line = ''
    const end = (settle: () => void) => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
    }
    const take = (typed: string) => {
      for (const letter of typed) {
        if (letter === CTRL_C) {
          return end(() => reject(new RespiteError(Exit.SIGINT, 'INTERRUPTED', 'interrupted')))
        }
        if (letter === '\r' || letter === '\n' || letter === CTRL_D) return end(() => resolve(line))
        if (letter === BACKSPACE || letter === DELETE) line = line.slice(0, -1)
        else line += letter
      }
    }
    stdin.on('data', take)
  })
}
