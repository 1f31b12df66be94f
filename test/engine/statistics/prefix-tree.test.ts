import {describe, expect, test} from '@jest/globals'
import {type PrefixNode, PrefixTree} from '../../../src/engine/statistics/prefix-tree.ts'
import {seeded} from '../../support/random.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('latin1')

interface Key {
  key: string
  memory: number
}

function treeOf(keys: readonly Key[], separators = ':'): PrefixTree {
  const tree = new PrefixTree(encoder.encode(separators))
  for (const {key, memory} of keys) {
    const bytes = encoder.encode(key)
    tree.add(bytes, 0, bytes.length, memory, 1, memory % 2 === 0)
  }
  return tree
}

/** `user:` > `*` as `user:*`, with its keys. */
function paths(node: PrefixNode, above = ''): string[] {
  return node.children.flatMap((child) => {
    const path = above + decoder.decode(child.name)
    const own = child.children.length === 0 ? [`${path} ${child.keys}`] : []
    return [...own, ...paths(child, path)]
  })
}

const named = (...keys: string[]): Key[] => keys.map((key) => ({key, memory: 1}))

describe('names', () => {
  test.each([
    ['user:123:cart', 'user:*:cart 1'],
    ['user:cart', 'user:cart 1'],
    ['doc:550e8400-e29b-41d4-a716-446655440000', 'doc:* 1'],
    ['doc:550e8400e29b41d4', 'doc:* 1'],
    ['doc:deadbeefdead', 'doc:deadbeefdead 1'],
    ['memtier-1234567', 'memtier-* 1'],
    ['v2:key_000001:x', 'v2:key_*:x 1'],
    ['', ' 1'],
    ['::', ':: 1'],
    [`a:${'x'.repeat(60)}`, `a:${'x'.repeat(48)}* 1`],
    ['a:b:c:d:e:f:g', 'a:b:c:d:e:f:g 1'],
  ])('of %j is %j', (key, path) => {
    expect(paths(treeOf(named(key)).root())).toEqual([path])
  })

  test('separators are the ones that were given', () => {
    expect(paths(treeOf(named('a/b.c:d'), '/.').root())).toEqual(['a/b.c:d 1'])
    const [a] = treeOf(named('a/b.c:d'), '/.').root().children
    expect(decoder.decode(a.name)).toBe('a/')
  })
})

test('more names than a depth allows become one, with what is below them', () => {
  const letters = (i: number) =>
    `n${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + Math.floor(i / 26))}`
  const keys = named(...Array.from({length: 300}, (_, i) => `${letters(i)}:cart`))
  expect(paths(treeOf(keys).root())).toEqual(['*:cart 300'])
  expect(paths(treeOf(keys.slice(0, 256)).root())).toHaveLength(256)
})

/** Names of every sort, so many that every depth folds somewhere and stays unfolded elsewhere. */
function randomKeys(count: number, seed: number): Key[] {
  const {u32} = seeded(seed)
  const random = () => u32() / 2 ** 32
  const word = (most: number) => {
    const n = Math.floor(random() ** 3 * most)
    return String.fromCharCode(97 + (n % 26)) + String.fromCharCode(97 + (Math.floor(n / 26) % 26))
  }
  return Array.from({length: count}, () => {
    const depth = 1 + Math.floor(random() * 6)
    const parts = Array.from({length: depth}, (_, i) => word([400, 100, 30, 12, 12, 12][i]))
    return {key: parts.join(':'), memory: Math.floor(random() * 1000)}
  })
}

const sumOf = (nodes: readonly PrefixNode[]) => ({
  keys: nodes.reduce((sum, {keys}) => sum + keys, 0),
  memory: nodes.reduce((sum, {memory}) => sum + memory, 0),
  size: nodes.reduce((sum, {size}) => sum + size, 0),
  withoutTtl: nodes.reduce((sum, {withoutTtl}) => sum + withoutTtl, 0),
})

test('what is below a node adds up to it', () => {
  const keys = randomKeys(20_000, 3)
  const check = (node: PrefixNode): void => {
    if (node.children.length === 0) return
    const {memory, size, withoutTtl} = node
    expect(sumOf(node.children)).toEqual({keys: node.keys, memory, size, withoutTtl})
    for (const child of node.children) check(child)
  }
  const root = treeOf(keys).root()
  check(root)
  expect(root.keys).toBe(20_000)
  expect(root.memory).toBe(keys.reduce((sum, {memory}) => sum + memory, 0))
})

test.each([1, 2, 3, 4])(
  'parts come to the same tree in any order and grouping (seed %d)',
  (seed) => {
    const keys = randomKeys(6000, seed)
    const whole = treeOf(keys).root()
    const reversed = treeOf([...keys].reverse()).root()
    expect(reversed).toEqual(whole)
    const parts = [0, 1, 2, 3, 4].map((part) => treeOf(keys.filter((_, i) => i % 5 === part)))
    const merged = (order: readonly number[]) => {
      const tree = new PrefixTree(encoder.encode(':'))
      for (const part of order) tree.merge(parts[part].root())
      return tree
    }
    expect(merged([4, 2, 0, 1, 3]).root()).toEqual(whole)
    const grouped = merged([3, 1])
    grouped.merge(merged([0, 4, 2]).root())
    expect(grouped.root()).toEqual(whole)
  },
)
