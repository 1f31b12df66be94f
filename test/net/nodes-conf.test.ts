import {describe, expect, test} from '@jest/globals'
import {parseNodesConf} from '../../src/net/nodes-conf.ts'

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(40))

/** As redis-server 7.0.15 writes it; the host name is as 7.0 has it with cluster-announce-hostname. */
const CLUSTER = `${A} 127.0.0.1:7002@17002 master - 0 1700000000000 3 connected 10923-16383
${B} 127.0.0.1:7000@17000,one.example myself,master - 0 0 1 connected 0-99 101-5460 5470
${C} 127.0.0.1:7003@17003 slave ${B} 0 1700000000000 1 connected
vars currentEpoch 3 lastVoteEpoch 0
`

const parse = (text: string) => {
  const lines: number[] = []
  return {nodes: parseNodesConf(text, (line) => lines.push(line)), lines}
}

describe('a nodes.conf', () => {
  test('gives masters with slots, by their first slot; replicas have none', () => {
    expect(parse(CLUSTER)).toEqual({
      lines: [],
      nodes: [
        {
          id: B,
          address: '127.0.0.1:7000',
          slots: [
            [0, 99],
            [101, 5460],
            [5470, 5470],
          ],
          moving: [],
        },
        {id: A, address: '127.0.0.1:7002', slots: [[10923, 16383]], moving: []},
      ],
    })
  })

  test('tells which slots are on their way', () => {
    const line = `${A} 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-9 [93-<-${B}] [5->-${C}]`
    expect(parse(line).nodes).toMatchObject([{slots: [[0, 9]], moving: [93, 5]}])
  })

  test.each([
    {what: 'an id that is none', line: 'abc 127.0.0.1:1@2 master - 0 0 1 connected 0-1'},
    {what: 'a slot past the last', line: `${A} 127.0.0.1:1@2 master - 0 0 1 connected 16384`},
    {what: 'a range backwards', line: `${A} 127.0.0.1:1@2 master - 0 0 1 connected 9-1`},
    {what: 'a line that ends early', line: A},
    {what: 'another file', line: 'appendonly yes'},
  ])('with $what is refused, and the line named', ({line}) => {
    expect(parse(`\n${line}\n`)).toEqual({nodes: null, lines: [2]})
  })
})
