/** The page of `respite report --html` in a real browser, where one is installed. */
import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {browserProgram, openBrowser, type Page} from '../support/browser.ts'
import {bytes, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {respite} from '../support/cli.ts'
import {fixture} from '../support/fixtures.ts'

const program = browserProgram()
const inBrowser = program === null ? describe.skip : describe

let folder: string
let hostile: string
let large: string
let full: string

const HOSTILE = [
  '</script><script>window.owned=1</script>',
  '<img src=http://127.0.0.1:23799/x onerror=window.owned=1>',
  '<!--<script>',
  "';window.owned=1//",
  '\u2028window.owned=1',
  Buffer.from([0xff, 0xc0, 0x80, 0x07, 0x1b]),
]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'respite-html-'))
  const page = async (name: string, input: string, ...flags: string[]) => {
    const path = join(folder, `${name}.html`)
    const {code, stderr} = await respite(['report', input, '-q', '--html', path, ...flags])
    if (code !== 0) throw new Error(stderr)
    return path
  }
  const keys = HOSTILE.flatMap((key) => [
    entry(0, bytes(Buffer.from(key)), str('v')),
    entry(0, bytes(Buffer.from(key), ':', Buffer.from(key), ':x'), str('v')),
  ])
  const dump = join(folder, '<img src=x onerror=window.owned=1>.rdb')
  writeFileSync(dump, rdbFile({version: 10, body: bytes(selectDb(0), ...keys)}))
  hostile = await page('hostile', dump, '--slots', '--dedup')
  full = await page('full', fixture('redis-7.0.15/full').path, '--slots', '--dedup')
  large = await page('large', manyPrefixes())
})
afterAll(() => rmSync(folder, {recursive: true}))

/** As many names as a tree keeps, as long as they may be: a page of ten million keys has no more in it. */
function manyPrefixes(): string {
  const word = (i: number) => String.fromCharCode(97 + (i % 26), 97 + (Math.floor(i / 26) % 26))
  const entries: Buffer[] = []
  for (let i = 0; i < 250; i++) {
    for (let j = 0; j < 60; j++) {
      const key = `${word(i)}${'p'.repeat(40)}:${word(j)}${'"'.repeat(40)}:${'e'.repeat(100)}`
      entries.push(entry(0, key, str('v')))
    }
  }
  const path = join(folder, 'large.rdb')
  writeFileSync(path, rdbFile({version: 10, body: bytes(selectDb(0), ...entries)}))
  return path
}

test('the page is one file: nothing in it names another, and only its own script may run', () => {
  const text = readFileSync(full, 'utf8')
  const outside = text.match(/(?:src|href)\s*=|url\(|@import|https?:/gi)
  expect(outside).toBeNull()
  expect(text).toContain("default-src 'none'; script-src 'sha256-")
  expect(text.match(/<script/g)).toHaveLength(2)
})

test('R19: no key and no name of a file opens or ends a tag', () => {
  const text = readFileSync(hostile, 'utf8')
  expect(text.match(/<script/g)).toHaveLength(2)
  expect(text.match(/<\/script/g)).toHaveLength(2)
  expect(text).not.toMatch(/<img|<!--/)
})

inBrowser('in Chromium', () => {
  let page: Page
  beforeAll(async () => {
    page = await openBrowser(program!)
  })
  afterAll(() => page.close())

  const count = (selector: string) =>
    page.run<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`)
  const texts = (selector: string) =>
    page.run<string[]>(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].map((each) => each.textContent)`,
    )
  const click = (selector: string, which = 0) =>
    page.run(`document.querySelectorAll(${JSON.stringify(selector)})[${which}].click()`)
  const troubles = () => [
    ...page.events('Runtime.exceptionThrown'),
    ...page.events('Log.entryAdded'),
  ]

  test('it draws all it has, without an error, a violation or a request', async () => {
    await page.open(full)
    expect(await page.run('document.documentElement.dataset.ready')).toBe('yes')
    expect(await count('.map .cell')).toBeGreaterThan(10)
    expect((await texts('h2')).slice(0, 3)).toEqual(['Advice', 'Prefixes', 'Distributions'])
    expect(troubles()).toEqual([])
    const urls = page.events('Network.requestWillBeSent').map((event) => {
      return (event.request as {url: string}).url.replace(/.*\//, '')
    })
    expect(urls).toEqual(['full.html'])
  })

  test('cells fill the map, each with its share of it', async () => {
    const areas = await page.run<number[]>(
      "[...document.querySelectorAll('.map .cell')].map((c) => c.offsetWidth * c.offsetHeight)",
    )
    const whole = await page.run<number>(
      "document.querySelector('.map').offsetWidth * document.querySelector('.map').offsetHeight",
    )
    const sum = areas.reduce((a, b) => a + b, 0)
    expect(sum / whole).toBeGreaterThan(0.95)
    expect(sum / whole).toBeLessThan(1.05)
    expect(areas[0] / whole).toBeCloseTo(230741 / 906585, 1)
  })

  test('a click goes into a prefix, and the path leads back', async () => {
    const [first] = await texts('.map .cell b')
    await click('.map .cell')
    expect((await texts('.crumbs button')).slice(0, 2)).toEqual(['all keys', first])
    const keys = await texts('section table td.key')
    expect(keys[0].startsWith(first)).toBe(true)
    await click('.crumbs button')
    expect(await texts('.crumbs button')).toEqual(['all keys'])
  })

  test('a table is sorted by its heads and filtered by what is typed', async () => {
    const memory = () =>
      page.run<string[]>(
        "[...document.querySelectorAll('section')].find((s) => s.textContent.startsWith('Largest')).querySelectorAll('td:nth-child(5)').length && [...[...document.querySelectorAll('section')].find((s) => s.textContent.startsWith('Largest')).querySelectorAll('td:nth-child(5)')].map((c) => c.textContent)",
      )
    const head = (i: number) =>
      page.run(
        `[...document.querySelectorAll('section')].find((s) => s.textContent.startsWith('Largest')).querySelectorAll('th button')[${i}].click()`,
      )
    await head(4)
    const down = (await memory()).map((text) => Number(text.replaceAll(',', '')))
    expect(down).toEqual([...down].sort((a, b) => b - a))
    await head(4)
    const up = (await memory()).map((text) => Number(text.replaceAll(',', '')))
    expect(up).toEqual([...down].reverse())
    await page.run(
      "{const s = [...document.querySelectorAll('section')].find((each) => each.textContent.startsWith('Largest')); const i = s.querySelector('input'); i.value = 'stream:'; i.dispatchEvent(new Event('input'))}",
    )
    const left = await page.run<string[]>(
      "[...[...document.querySelectorAll('section')].find((s) => s.textContent.startsWith('Largest')).querySelectorAll('td.key')].map((c) => c.textContent)",
    )
    expect(left.length).toBeGreaterThan(0)
    expect(left.every((key) => key.includes('stream:'))).toBe(true)
  })

  test('light and dark are the reader’s choice, and paper is white', async () => {
    const colors = async (media: string, scheme: string) => {
      const features = [{name: 'prefers-color-scheme', value: scheme}]
      await page.send('Emulation.setEmulatedMedia', {media, features})
      return page.run<string>('getComputedStyle(document.body).backgroundColor')
    }
    expect(await colors('', 'light')).toBe('rgb(246, 247, 248)')
    expect(await colors('', 'dark')).toBe('rgb(17, 20, 23)')
    expect(await colors('print', 'dark')).toBe('rgb(255, 255, 255)')
    const inputs = "getComputedStyle(document.querySelector('input')).display"
    expect(await page.run(inputs)).toBe('none')
    await page.send('Emulation.setEmulatedMedia', {media: '', features: []})
  })

  test('R19: hostile names are shown, and do nothing', async () => {
    const before = page.events('Network.requestWillBeSent').length
    await page.open(hostile)
    expect(await page.run('document.documentElement.dataset.ready')).toBe('yes')
    expect(await page.run('typeof window.owned')).toBe('undefined')
    expect(await count('img, iframe, object, form, a')).toBe(0)
    const shown = await texts('td.key')
    expect(shown).toContain(`"${HOSTILE[1]}"`)
    expect(shown.join('')).toContain('\\xff\\xc0\\x80\\a\\x1b')
    expect(troubles()).toEqual([])
    expect(page.events('Network.requestWillBeSent')).toHaveLength(before + 1)
  })

  test('the largest page there is opens in a second and has less than 3 MB', async () => {
    // Time of the page's thread since it was opened, not of the clock: what else the machine does is not the page's.
    await page.send('Performance.enable', {timeDomain: 'threadTicks'})
    const busy = async () => {
      const {metrics} = await page.send<{metrics: {name: string; value: number}[]}>(
        'Performance.getMetrics',
      )
      return 1000 * metrics.find(({name}) => name === 'TaskDuration')!.value
    }
    const times: number[] = []
    for (let i = 0; i < 3; i++) {
      await page.open(large)
      times.push(await busy())
    }
    const {size} = statSync(large)
    process.stdout.write(`report --html: ${size} bytes, ${Math.min(...times).toFixed(0)} ms\n`)
    expect(await count('.map .cell')).toBeGreaterThan(200)
    expect(size).toBeLessThan(3_000_000)
    expect(Math.min(...times)).toBeGreaterThan(1)
    expect(Math.min(...times)).toBeLessThan(1000)
  })
})
