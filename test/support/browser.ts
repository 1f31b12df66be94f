/** A real browser without a window, driven over pipes: no port, nothing but the page. */
import {execFileSync, spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Readable, Writable} from 'node:stream'
import {pathToFileURL} from 'node:url'

/** Where Chromium is installed; null where it is not. */
export function browserProgram(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], {encoding: 'utf8'}).trim()
    } catch {
      // Not under this name.
    }
  }
  return null
}

interface Message {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: unknown
  error?: {message: string}
}

export interface Page {
  /** Events of one sort so far. */
  events(method: string): Record<string, unknown>[]
  send<Result>(method: string, params?: object): Promise<Result>
  /** The value of an expression. */
  run<Value>(expression: string): Promise<Value>
  /** Open a file and wait for its load event. */
  open(path: string): Promise<void>
  close(): Promise<void>
}

export async function openBrowser(program: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'respite-browser-'))
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run']
  const child = spawn(
    program,
    [...args, '--window-size=1280,1000', `--user-data-dir=${profile}`, '--remote-debugging-pipe'],
    {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']},
  )
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const waiting = new Map<number, (message: Message) => void>()
  const happened: Message[] = []
  const awaited: {method: string; resolve: () => void}[] = []
  const take = (message: Message): void => {
    if (message.id !== undefined) return waiting.get(message.id)?.(message)
    happened.push(message)
    for (const each of awaited.splice(0)) {
      if (each.method === message.method) each.resolve()
      else awaited.push(each)
    }
  }
  let rest = ''
  from.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\0')
    rest = parts.pop()!
    for (const part of parts) take(JSON.parse(part))
  })
  let ids = 0
  const call = <Result>(method: string, params: object, sessionId?: string): Promise<Result> => {
    const id = ++ids
    to.write(`${JSON.stringify({id, method, params, sessionId})}\0`)
    return new Promise((resolve, reject) => {
      waiting.set(id, ({result, error}) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as Result),
      )
    })
  }
  const {targetId} = await call<{targetId: string}>('Target.createTarget', {url: 'about:blank'})
  const attached = await call<{sessionId: string}>('Target.attachToTarget', {
    ...{targetId, flatten: true},
  })
  const send = <Result>(method: string, params: object = {}) =>
    call<Result>(method, params, attached.sessionId)
  for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await send(`${domain}.enable`)
  return {
    events: (method) =>
      happened.filter((each) => each.method === method).map(({params}) => params ?? {}),
    send,
    async run<Value>(expression: string) {
      const {result, exceptionDetails} = await send<{
        result: {value: Value}
        exceptionDetails?: {text: string}
      }>('Runtime.evaluate', {expression, returnByValue: true})
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return result.value
    },
    async open(path) {
      const loaded = new Promise<void>((resolve) =>
        awaited.push({method: 'Page.loadEventFired', resolve}),
      )
      await send('Page.navigate', {url: pathToFileURL(path).href})
      await loaded
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await call('Browser.close', {})
      await ended
      rmSync(profile, {recursive: true, force: true, maxRetries: 5})
    },
  }
}
