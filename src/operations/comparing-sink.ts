import type {PatchableSink} from '../formats/rdb/write-output.ts'
import {type Disk, nodeDisk} from '../io/disk.ts'

const BLOCK_BYTES = 1 << 18
/** More bytes than counts that were patched can have: the file is another one. */
const MOST = 1 << 16

/** Takes what should be in a file, and sees whether it is. */
export class ComparingSink implements PatchableSink {
  private readonly disk: Disk = nodeDisk()
  private readonly fd: number
  private readonly block = new Uint8Array(BLOCK_BYTES)
  /** Offsets of bytes that are not as written, unless they are patched. */
  private readonly odd = new Set<number>()
  private size = 0

  constructor(path: string) {
    this.fd = this.disk.open(path, 'r')
  }

  write(memory: Uint8Array, start: number, end: number): void {
    const {block, odd} = this
    for (let at = start; at < end && odd.size < MOST; ) {
      const length = Math.min(end - at, BLOCK_BYTES)
      const got = this.disk.read(this.fd, block, 0, length, this.size + at - start)
      for (let i = 0; i < length; i++) {
        if (i >= got || block[i] !== memory[at + i]) odd.add(this.size + at - start + i)
      }
      at += length
    }
    this.size += end - start
  }

  patch(offset: number, memory: Uint8Array, start: number, end: number): void {
    const length = end - start
    const got = this.disk.read(this.fd, this.block, 0, length, offset)
    for (let i = 0; i < length; i++) {
      if (i < got && this.block[i] === memory[start + i]) this.odd.delete(offset + i)
      else this.odd.add(offset + i)
    }
  }

  /** Whether the file is what was given. Nothing may be given after it. */
  matches(): boolean {
    const behind = this.disk.read(this.fd, this.block, 0, 1, this.size)
    this.disk.close(this.fd)
    return this.odd.size === 0 && behind === 0
  }
}
