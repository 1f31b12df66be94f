import {ReplyWriter} from './reply-writer.ts'

/** Takes replies that nobody waits for: a log is replayed at the cost of an empty call. */
class SilentReply extends ReplyWriter {
  override bulk(): void {}
  override text(): void {}
  override verbatim(): void {}
  override simple(): void {}
  override error(): void {}
  override integer(): void {}
  override bigint(): void {}
  override nothing(): void {}
  override noArray(): void {}
  override array(): void {}
  override map(): void {}
  override set(): void {}
  override push(): void {}
  override boolean(): void {}
  override double(): void {}
  override append(): void {}
  override arrayAt(): void {}
  override raw(): void {}

  override part(): ReplyWriter {
    return this
  }
}

export const SILENT: ReplyWriter = new SilentReply()
