import type {LogStatsReport} from './reports.ts'

type Large = LogStatsReport['largest'][number]

/** The largest commands of a log; of equal ones the first. */
export class Largest {
  readonly list: Large[] = []
  /** Only a command of more bytes has a place in the list. */
  above = 0
  private readonly count: number

  constructor(count: number) {
    this.count = count
  }

  add(large: Large): void {
    const {list, count} = this
    list.push(large)
    list.sort((a, b) => b.bytes - a.bytes || a.number - b.number)
    if (list.length > count) list.pop()
    if (list.length === count) this.above = list[count - 1].bytes
  }
}
