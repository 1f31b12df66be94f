/** Which node gets which cluster slots. */
import {Exit, RespiteError} from '../errors.ts'
import type {Entry} from '../formats/entry.ts'
import {readText} from '../io/read-text.ts'
import {loadSlotOfSpan, SLOTS} from '../net/key-slot.ts'
import {parseNodesConf} from '../net/nodes-conf.ts'
import type {ChosenEntries} from './chosen-entries.ts'
import type {SlotRanges, SplitPlan} from './split-reports.ts'
import {SizeVisitor} from './value-size.ts'

/** What goes into one part. */
export interface SlotNode {
  name: string
  slots: SlotRanges
  node: {id: string; address: string} | null
}

const SCHEMA = 'respite.split-plan/1'
/** More files than that at a time no machine has to open. */
export const MOST_PARTS = 256
/** What a part may be named: it becomes the name of a file. */
export const PART_NAME = /^\w[\w.-]{0,99}$/

const usage = (message: string, next: string | null = null): RespiteError =>
  new RespiteError(Exit.USAGE, 'USAGE', message, next)

/** What makes a plan. */
const MAKE_PLAN = 'respite split INPUT --nodes 3 --plan-only -o plan.json'

const nodeName = (index: number): string => `node-${index + 1}`

/** As redis-cli --cluster create gives them out. Source: clusterManagerCommandCreate() in redis-cli.c. */
export function evenNodes(count: number): SlotNode[] {
  const each = SLOTS / count
  let first = 0
  return Array.from({length: count}, (_, i) => {
    const last = i === count - 1 ? SLOTS - 1 : Math.max(first, Math.round(each * (i + 1) - 1))
    const node: SlotNode = {name: nodeName(i), slots: [[first, last]], node: null}
    first = last + 1
    return node
  })
}

/** `0-5460,5461-10922,10923-16383`: one part each. */
export function rangeNodes(ranges: SlotRanges): SlotNode[] {
  const nodes = ranges.map((range, i) => ({name: nodeName(i), slots: [range], node: null}))
  refuseOverlaps(nodes)
  return nodes
}

/** @throws RespiteError `USAGE`, InputError. */
export function nodesOfConf(path: string): SlotNode[] {
  let wrong = 0
  const nodes = parseNodesConf(readText(path), (line) => void (wrong = line))
  if (nodes === null) throw usage(`${path}: line ${wrong}: this is no line of a nodes.conf`)
  if (nodes.length === 0) throw usage(`${path}: no master in it has slots`)
  const moving = nodes.flatMap((node) => node.moving)
  if (moving.length > 0) {
    throw usage(
      `${path}: slot ${moving[0]} is on its way from one node to another: settle that first`,
    )
  }
  const parts = nodes.map(({id, address, slots}, i) => ({
    name: nodeName(i),
    slots,
    node: {id, address},
  }))
  refuseOverlaps(parts)
  return parts
}

/** What --plan-only wrote, or somebody in its place. @throws RespiteError `USAGE`, InputError. */
export function nodesOfPlan(path: string): SlotNode[] {
  const plan = parsedJson(path)
  const nodes: unknown = (plan as {nodes?: unknown} | null)?.nodes
  if ((plan as {schema?: unknown} | null)?.schema !== SCHEMA || !Array.isArray(nodes)) {
    throw usage(`${path}: this is no plan: it has no schema ${SCHEMA} with nodes`, MAKE_PLAN)
  }
  return planNodes(path, nodes)
}

/** Names and slots of nodes as JSON has them. @throws RespiteError `USAGE`. */
export function planNodes(path: string, nodes: readonly unknown[]): SlotNode[] {
  const parts = nodes.map((each, i) => planNode(path, each, i))
  const names = new Set(parts.map(({name}) => name.toLowerCase()))
  if (names.size < parts.length) throw usage(`${path}: two nodes have the same name`)
  if (parts.length === 0) throw usage(`${path}: there is no node in it`)
  refuseOverlaps(parts)
  return parts
}

function planNode(path: string, each: unknown, index: number): SlotNode {
  const {name = nodeName(index), slots} = (each ?? {}) as {name?: unknown; slots?: unknown}
  const isRange = (range: unknown) =>
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((slot) => Number.isInteger(slot) && slot >= 0 && slot < SLOTS) &&
    range[0] <= range[1]
  if (typeof name !== 'string' || !PART_NAME.test(name)) {
    throw usage(`${path}: node ${index + 1}: a name has letters, digits, - and . only`)
  }
  if (!Array.isArray(slots) || !slots.every(isRange)) {
    throw usage(`${path}: node ${index + 1}: slots are pairs of numbers up to 16383: [[0, 5460]]`)
  }
  return {name, slots: slots as SlotRanges, node: null}
}

/** @throws RespiteError `USAGE`, InputError. */
export function parsedJson(path: string): unknown {
  const text = readText(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw usage(`${path}: this is no JSON`, MAKE_PLAN)
  }
}

function refuseOverlaps(nodes: readonly SlotNode[]): void {
  const owners = new Int16Array(SLOTS).fill(-1)
  for (const [i, {name, slots}] of nodes.entries()) {
    for (const [first, last] of slots) {
      for (let slot = first; slot <= last; slot++) {
        if (owners[slot] >= 0) {
          throw usage(`slot ${slot} is given to ${nodes[owners[slot]].name} and to ${name}`)
        }
        owners[slot] = i
      }
    }
  }
}

export interface SlotWeights {
  keys: Float64Array
  bytes: Float64Array
}

/** Reads everything: what each slot holds, in bytes as an RDB has them, of a log about that. */
export async function slotWeights(chosen: ChosenEntries): Promise<SlotWeights> {
  const slotOf = await loadSlotOfSpan()
  const weights = {keys: new Float64Array(SLOTS), bytes: new Float64Array(SLOTS)}
  const size = new SizeVisitor()
  let copied = 0
  const counting = {
    write(_memory: Uint8Array, start: number, end: number) {
      copied += end - start
    },
  }
  const sizeOf = (entry: Entry): number => {
    copied = 0
    if (entry.from !== null) return entry.copyValue(counting) ? copied : -1
    return entry.readValue(size) ? size.bytes : -1
  }
  chosen.read(
    {
      library() {},
      entry(entry) {
        const {memory, keyStart, keyEnd} = entry
        const slot = slotOf(memory, keyStart, keyEnd)
        const bytes = sizeOf(entry)
        if (bytes < 0) return
        weights.keys[slot]++
        weights.bytes[slot] += bytes + keyEnd - keyStart
      },
    },
    true,
  )
  return weights
}

/** Ranges that each weigh about the same: every end lies where the sum comes closest to its share. A slot is never divided. */
export function balanced(weights: Float64Array, count: number): SlotNode[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return evenNodes(count)
  let next = 0
  let sum = 0
  return Array.from({length: count}, (_, i) => {
    const first = next
    const most = SLOTS - (count - i - 1)
    const share = (total * (i + 1)) / count
    do sum += weights[next++]
    while (next < most && (i === count - 1 || sum + weights[next] / 2 <= share))
    return {name: nodeName(i), slots: [[first, next - 1]], node: null}
  })
}

export function planOf(
  nodes: readonly SlotNode[],
  balance: SplitPlan['balance'],
  weights: SlotWeights | null,
): SplitPlan {
  const sum = (all: Float64Array, slots: SlotRanges) =>
    slots.reduce(
      (to, [first, last]) => all.subarray(first, last + 1).reduce((a, b) => a + b, to),
      0,
    )
  return {
    schema: SCHEMA,
    balance,
    nodes: nodes.map(({name, slots}) => ({
      name,
      slots,
      keys: weights && sum(weights.keys, slots),
      bytes: weights && sum(weights.bytes, slots),
    })),
  }
}
