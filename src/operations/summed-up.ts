import type {HashMemory} from '../engine/digest/hash-memory.ts'
import {Cursor} from '../formats/bytes/cursor.ts'
import type {Host} from '../io/host.ts'
import type {WriteSettings} from './convert-outputs.ts'
import {type Sum, SummedSink, sumOf} from './summed-sink.ts'

/** Write without going back, and read the bytes again. `memory` is where most of them come from. */
export function summedUp<Memory extends HashMemory>(
  host: Host,
  memory: Memory,
  produce: (sink: SummedSink<Memory>) => void,
): Pick<WriteSettings, 'produce' | 'readBack'> {
  let written: Sum
  return {
    produce(sink) {
      const summed = new SummedSink(sink, memory)
      produce(summed)
      written = summed.sum
    },
    readBack(path) {
      const {bytes, crc} = sumOf(host, new Cursor(host.kernel), path)
      return bytes === written.bytes && crc === written.crc
    },
  }
}
