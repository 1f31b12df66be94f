/** What HELP of commands with subcommands about keys answers. Source: objectCommand() and memoryCommand() in object.c. */
import type {ReplyWriter} from '../../formats/resp/reply-writer.ts'

const OBJECT = `ENCODING <key>
    Return the kind of internal representation used in order to store the value
    associated with a <key>.
FREQ <key>
    Return the access frequency index of the <key>. The returned integer is
    proportional to the logarithm of the recent access frequency of the key.
IDLETIME <key>
    Return the idle time of the <key>, that is the approximated number of
    seconds elapsed since the last access to the key.
REFCOUNT <key>
    Return the number of references of the value associated with the specified
    <key>.`

const MEMORY = `DOCTOR
    Return memory problems reports.
MALLOC-STATS
    Return internal statistics report from the memory allocator.
PURGE
    Attempt to purge dirty pages for reclamation by the allocator.
STATS
    Return information about the memory usage of the server.
USAGE <key> [SAMPLES <count>]
    Return memory in bytes used by <key> and its value. Nested values are
    sampled up to <count> times (default: 5, 0 means sample all).`

function putHelp(reply: ReplyWriter, name: string, text: string): void {
  const lines = [
    `${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...text.split('\n'),
    'HELP',
    '    Prints this help.',
  ]
  reply.array(lines.length)
  for (const line of lines) reply.simple(line)
}

export const objectHelp = (reply: ReplyWriter): void => putHelp(reply, 'OBJECT', OBJECT)
export const memoryHelp = (reply: ReplyWriter): void => putHelp(reply, 'MEMORY', MEMORY)
