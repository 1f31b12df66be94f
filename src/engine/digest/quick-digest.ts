/** The full digest with a hash of 64 bits in place of SHA-1: to compare two readings of the same data, not to be kept. */
import {FullDigest} from './full-digest.ts'
import type {HashMemory} from './hash-memory.ts'

export class QuickDigest extends FullDigest {
  protected override readonly algorithm = 'respite-quick'

  constructor(c: HashMemory) {
    super(quickMemory(c))
  }
}

/** The same memory, its kernel with other functions for the digest. */
function quickMemory(c: HashMemory): HashMemory {
  const {kernel: k} = c
  const kernel = {
    ...k,
    fullStart: k.quickStart,
    fullBegin: k.quickBegin,
    fullPiece: k.quickPiece,
    fullFirst: k.quickFirst,
    fullSecond: k.quickSecond,
    fullNumber: k.quickNumber,
    fullStreamNode: k.quickStreamNode,
    fullNote: k.quickNote,
    fullEnd: k.quickEnd,
    fullSettle: k.quickSettle,
  }
  return {
    kernel,
    get memory() {
      return c.memory
    },
    get view() {
      return c.view
    },
    area: (which, size) => c.area(which, size),
  }
}
