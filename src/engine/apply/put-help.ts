import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'

/** What HELP of a command with subcommands answers. Source: addReplyHelp() in networking.c. */
export function putHelp(reply: ReplyWriter, lines: readonly string[]): void {
  reply.array(lines.length + 2)
  for (const line of lines) reply.simple(line)
  reply.simple('HELP')
  reply.simple('    Prints this help.')
}
