import {expect, test} from '@jest/globals'
import {RadixNodes} from '../../../src/engine/memory/radix-nodes.ts'

const id = (ms: number, seq: number): Uint8Array => {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(ms))
  view.setBigUint64(8, BigInt(seq))
  return bytes
}

// What XINFO STREAM ... FULL of redis-server 7.0.15 says: radix-tree-keys, radix-tree-nodes.
test.each([
  {ids: [], nodes: 1},
  {ids: [[1, 1]], nodes: 2},
  {
    ids: [
      [1, 1],
      [200, 1],
    ],
    nodes: 6,
  },
  {
    ids: [
      [1, 1],
      [1, 2],
      [1, 3],
    ],
    nodes: 5,
  },
  {
    ids: [
      [1, 1],
      [200, 1],
      [201, 1],
      [201, 7],
      [70000, 7],
    ],
    nodes: 14,
  },
] as {ids: [number, number][]; nodes: number}[])('$ids make $nodes nodes', ({ids, nodes}) => {
  const tree = new RadixNodes()
  for (const [ms, seq] of ids) tree.add(id(ms, seq), 0)
  expect(tree).toMatchObject({keys: ids.length, nodes})
})
