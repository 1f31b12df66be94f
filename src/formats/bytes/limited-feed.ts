import type {Feed} from './feed.ts'

/** The first bytes of a feed, as if the input ended there. `end` is an offset from where the feed begins. */
export function limitedFeed(feed: Feed, end: number): Feed {
  const {slots, slotSize} = feed
  return {
    slots,
    slotSize,
    size: feed.size < 0 ? end : Math.min(feed.size, end),
    fill(part, keep) {
      const left = end - part * slotSize
      return left <= 0 ? 0 : Math.min(left, feed.fill(part, keep))
    },
    crcBefore: (part) => feed.crcBefore(part),
  }
}
