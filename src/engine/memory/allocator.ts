/**
 * What an allocation takes: allocators round up to classes of sizes.
 *
 *     jemalloc      the one that comes with the sources of Redis and Valkey, a quantum of 8: 8, 16, 24 ... 64, 80, 96, 112, 128,
 *                   then four classes to each doubling
 *     jemalloc-16   that of Linux distributions, a quantum of 16: 8, 16, 32, 48, 64, 80 ... 128, then the same
 *     libc          glibc: a multiple of 16 with 8 bytes of its own in it, 24 usable bytes at least
 *     prefix        servers before 6.0 over a libc whose sizes they could not ask for: multiples of 8, and 8 for the size
 *
 * Sources: size classes in jemalloc's sz.h, zmalloc.c of the servers.
 */
export const ALLOCATORS = ['jemalloc', 'jemalloc-16', 'libc', 'prefix'] as const
export type Allocator = (typeof ALLOCATORS)[number]

/** Bytes that `size` bytes take. */
export function allocated(size: number, allocator: Allocator): number {
  switch (allocator) {
    case 'jemalloc':
      return size <= 64 ? roundUp(Math.max(size, 1), 8) : jemallocClass(size)
    case 'jemalloc-16':
      if (size <= 8) return 8
      return size <= 64 ? roundUp(size, 16) : jemallocClass(size)
    case 'libc':
      return Math.max(24, roundUp(size + 8, 16) - 8)
    case 'prefix':
      return roundUp(size, 8) + 8
  }
}

const roundUp = (size: number, to: number): number => Math.ceil(size / to) * to

/** Four classes to each doubling. */
function jemallocClass(size: number): number {
  // Of integers this is the same, and needs no logarithm. Sizes of skip list nodes are none.
  if (size <= 0x40000000 && Number.isInteger(size)) {
    const step = (1 << (32 - Math.clz32(size - 1))) >> 3
    return (size + step - 1) & -step
  }
  const doubling = 2 ** Math.ceil(Math.log2(size))
  return roundUp(size, doubling / 8)
}
