/** Nodes of streams on their way to older versions: as they are where they are sound, made anew where something is odd about them. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from '@jest/globals'
import {ListpackEncoder} from '../../src/formats/packed/listpack.ts'
import {convert} from '../../src/operations/convert.ts'
import {bytes, counted, entry, rdbFile, selectDb, str} from '../support/bytes.ts'
import {inlineHost} from '../support/dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-nodes-'))
afterAll(() => rmSync(folder, {recursive: true}))

const DELETED = 1
const SAME_FIELDS = 2

function listpack(...elements: readonly (string | number)[]): Uint8Array {
  const encoder = new ListpackEncoder()
  for (const each of elements) {
    const text = Buffer.from(String(each), 'latin1')
    encoder.append(text, 0, text.length)
  }
  encoder.finish()
  return encoder.out.bytes.slice(0, encoder.out.length)
}

const item = (step: number, value: string, flags = 0) => [flags | SAME_FIELDS, 0, step, value, 4]
const nodeOf = (live: number, deleted: number, ...items: (string | number)[][]) =>
  listpack(live, deleted, 1, 'f', 0, ...items.flat())
const id = (ms: number) => bytes([16, 0, 0, 0, 0, 0, 0, 0, ms, 0, 0, 0, 0, 0, 0, 0, 0])

/** Convert a stream of these nodes, of `length` entries in all, to Redis 6.2. */
async function older(length: number, ...nodes: Uint8Array[]): Promise<Buffer> {
  const input = join(folder, 'in.rdb')
  const output = join(folder, 'out.rdb')
  const packed = nodes.map((node, i) => bytes(id(i + 1), str(node)))
  const meta = [length, nodes.length, 9, 1, 0, 0, 0, 9, 0]
  const body = bytes(selectDb(0), entry(19, 's', bytes(counted(packed), meta)))
  writeFileSync(input, rdbFile({version: 10, body}))
  const host = inlineHost()
  const report = await convert(host, [input], {
    ...({to: 'rdb', server: 'redis-6.2', output, force: true} as const),
  })
  host.close()
  expect(report).toMatchObject({verdict: 'converted', proof: {copied: 0, rewritten: 1}})
  return readFileSync(output)
}

test('sound nodes are the same, deleted entries included', async () => {
  const first = nodeOf(1, 1, item(0, 'x'), item(1, 'y', DELETED))
  const second = nodeOf(2, 0, item(0, 'x'), item(7, 'z'))
  const output = await older(3, first, second)
  expect(output.includes(bytes(id(1), str(first), id(2), str(second)))).toBe(true)
})

test('a node that miscounts is made anew, and so is one of deleted entries alone', async () => {
  const miscounted = nodeOf(2, 0, item(0, 'x'), item(1, 'y', DELETED))
  const empty = nodeOf(0, 1, item(0, 'y', DELETED))
  const output = await older(1, empty, miscounted)
  expect(output.includes(bytes([1], id(2), str(nodeOf(1, 0, item(0, 'x')))))).toBe(true)
})
