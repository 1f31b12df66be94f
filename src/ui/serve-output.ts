/** What `serve` prints when it listens, and when it ends. */
import type {ServeListening, ServeReport} from '../operations/serve-reports.ts'
import {jsonLine} from './json.ts'
import {type Outcome, outcomeDocument} from './outcome.ts'
import type {Printing} from './printing.ts'

/** Takes the one chunk that comes while it runs: where it listens. */
export function serveChunks(printing: Printing): (chunk: Uint8Array) => Promise<void> {
  const {output, json, quiet, version} = printing
  return async (chunk) => {
    const listening: ServeListening = JSON.parse(new TextDecoder().decode(chunk))
    const document = {type: 'listening', version, ...listening}
    if (json) output.line(jsonLine(document))
    else if (!quiet) for (const line of listeningLines(listening)) output.line(line)
    await output.flush()
  }
}

function listeningLines({
  host,
  port,
  socket,
  writable,
  keys,
  expired,
  clock,
}: ServeListening): string[] {
  const count = Object.values(keys).reduce((sum, each) => sum + each, 0)
  const places = [port === null ? null : `${host}:${port}`, socket].filter((each) => each !== null)
  const gone = expired > 0 ? `, ${expired} expired ones left out` : ''
  const time = clock === null ? '' : `; the time is ${clock}`
  return [
    `listening on ${places.join(' and ')}: ${count} keys, ${writable ? 'writable' : 'read-only'}${gone}${time}`,
  ]
}

export function printServe(outcome: Outcome<ServeReport>, printing: Printing): void {
  const {output, json, quiet, version, complain} = printing
  if (json) output.line(jsonLine({type: 'summary', ...outcomeDocument(outcome, version)}))
  else if (outcome.error !== null) complain(outcome.error, outcome.input)
  else if (!quiet && outcome.report !== null) {
    const {connections, commands} = outcome.report
    output.line(`shut down: ${commands} commands of ${connections} clients`)
  }
}
