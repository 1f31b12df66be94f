/** Commands of an open transaction: the reader has gone on by the time they are executed. */
import {Growable} from '../formats/packed/growable.ts'
import type {Call} from './call.ts'
import {roomForSpans} from './call-arguments.ts'
import type {Command} from './commands/row.ts'
import type {RecordPlace} from './replay-observer.ts'

interface Queued {
  command: Command | undefined
  /** It is for the part that is replayed, whatever it is. */
  sure: boolean
  place: RecordPlace
  argc: number
}

export class Transaction {
  isOpen = false
  /** Offset of its MULTI. */
  private start = 0
  private readonly queue: Queued[] = []
  /** Arguments of all commands, one behind the other, and where each ends: an array for each takes longer to make than to fill. */
  private readonly bytes = new Growable()
  private readonly ends: number[] = []

  open(start: number): void {
    this.isOpen = true
    this.start = start
  }

  /** Forget what is queued. */
  close(): void {
    this.isOpen = false
    this.queue.length = 0
    this.ends.length = 0
    this.bytes.clear()
  }

  /** Keep the command in a call for later. */
  add(call: Call, command: Command | undefined, sure: boolean, at: RecordPlace): void {
    const {argc, memory, starts, ends} = call
    const {offset, bytes, record, timestamp} = at
    const place = {offset, bytes, record, timestamp, transaction: this.start}
    this.queue.push({command, sure, place, argc})
    for (let i = 0; i < argc; i++) {
      this.bytes.append(memory, starts[i], ends[i])
      this.ends.push(this.bytes.length)
    }
  }

  /** Put one command after the other into the call, and have it executed. That is the end of it. */
  execute(
    call: Call,
    run: (place: RecordPlace, command: Command | undefined, sure: boolean) => void,
  ): void {
    let next = 0
    let at = 0
    for (const {command, sure, place, argc} of this.queue) {
      roomForSpans(call, argc)
      for (let i = 0; i < argc; i++) {
        call.starts[i] = at
        at = this.ends[next++]
        call.ends[i] = at
      }
      call.memory = this.bytes.bytes
      call.argc = argc
      run(place, command, sure)
    }
    this.close()
  }
}
