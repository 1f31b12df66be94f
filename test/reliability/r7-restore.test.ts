/** R7: deep validity of every encoding. The same verdict as a real server's RESTORE with sanitize-dump-payload yes. */
import {afterAll, describe, expect, test} from '@jest/globals'
import {fixture, listFixtures, truthRows} from '../support/fixtures.ts'
import {randomSeed, seeded} from '../support/random.ts'
import {type ServerProgram, serverProgram, serversAvailable} from '../support/server.ts'
import {blobCases, newListpackCases} from './r7-cases-blobs.ts'
import {newHashCases} from './r7-cases-hashes.ts'
import {packedCases} from './r7-cases-packed.ts'
import {plainCases} from './r7-cases-plain.ts'
import {streamCases} from './r7-cases-streams.ts'
import {mutated} from './r7-mutations.ts'
import {
  type Level,
  levelOf,
  ourVerdict,
  type Payload,
  RestoreServer,
  type Verdict,
} from './r7-verdicts.ts'

interface Exception {
  readonly name: string
  readonly reason: string
  readonly applies: (payload: Payload, ours: Verdict, theirs: Verdict) => boolean
}

const refusing = (why: RegExp) => (_: Payload, ours: Verdict, theirs: Verdict) =>
  theirs.accepted && why.test(ours.why)

/** Where verdicts differ and stay so. */
const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'length in a string form',
    reason: 'RESTORE reads the low six bits of a string form as a length: a number nobody wrote',
    applies: refusing(/^RDB_LENGTH byte 0x[89a-f]/),
  },
  {
    name: 'NaN in a packed sorted set',
    reason: 'servers load it and end in an assertion when the set grows out of its packed form',
    applies: refusing(/^RDB_SCORE a score is NaN/),
  },
  {
    name: 'LZF data of length 0',
    reason: 'the error of the decoder, 0, equals the length that was expected',
    applies: refusing(/^RDB_LZF \d+ bytes of LZF data cannot expand to 0/),
  },
  {
    name: 'two owners',
    reason: 'servers that take it free the entry twice when the stream goes, and some die of it',
    applies: refusing(/^RDB_STREAM a pending entry with two owners/),
  },
  {
    name: 'expired field twice',
    reason: 'Valkey drops expired fields while it loads, so that it does not see them again',
    applies: ({type}, ours, theirs) =>
      type === 22 && theirs.accepted && ours.why.startsWith('RDB_DUPLICATE'),
  },
  {
    name: 'size at a class limit',
    reason: 'Valkey 9.1 leads back over 16383 bytes with 2 bytes, others with 3: we take both',
    applies: ({name}, ours) => ours.accepted && /backlen .*16383/.test(name),
  },
  {
    name: 'exponent without digits',
    reason:
      "sscanf() takes '1e' for 1 in glibc 2.36 and not in 2.41: we are with those that load it",
    applies: ({type}, ours) => type === 3 && /^RDB_SCORE something follows/.test(ours.why),
  },
  {
    name: 'death by a sound value',
    reason: 'a bug of the server',
    applies: (_, ours, theirs) => ours.accepted && theirs.why === 'the server died',
  },
]

/** RESPITE_MUTATIONS asks for more. */
const MUTATIONS = Number(process.env.RESPITE_MUTATIONS ?? 15000)
const LARGEST_DUMP = 6000

const servers: ServerProgram[] = serverProgram() ? serversAvailable() : []
if (servers.length < 2) {
  process.stdout.write(
    'R7: types 20 to 25 are not compared: RESPITE_SERVERS names no newer server\n',
  )
}

function crafted({magic, version}: Level): Payload[] {
  const cases = [
    ...blobCases(),
    ...packedCases(),
    ...plainCases(),
    ...streamCases(15),
    ...streamCases(19),
  ]
  if (version >= 11) cases.push(...newListpackCases(), ...streamCases(21))
  if (version >= 12) cases.push(...newHashCases(magic))
  return cases
}

/** DUMP payloads in the truth of the fixtures that this very server made. */
function dumpsOf({version}: ServerProgram): [name: string, dump: Buffer][] {
  const folder = version.toLowerCase().replace(' ', '-')
  const known = listFixtures().filter(({server}) => server === folder)
  const found = known.length > 0 ? known : [fixture('redis-7.0.15/small')]
  const dumps = new Map<string, string>()
  for (const each of found) {
    for (const {key, dump} of truthRows(each)) if (dump) dumps.set(dump, key)
  }
  return [...dumps]
    .map(([dump, key]): [string, Buffer] => [key, Buffer.from(dump, 'base64')])
    .filter(([, dump]) => dump.length <= LARGEST_DUMP && ![6, 7].includes(dump[0]))
}

/** Compare all; returns what is neither the same nor a named exception. */
function compare(payloads: readonly Payload[], theirs: readonly Verdict[], level: Level) {
  const wrong: string[] = []
  const excepted = new Map<string, number>()
  payloads.forEach((payload, i) => {
    const ours = ourVerdict(payload, level)
    if (ours.accepted === theirs[i].accepted) return
    const exception = EXCEPTIONS.find(({applies}) => applies(payload, ours, theirs[i]))
    if (exception) excepted.set(exception.name, (excepted.get(exception.name) ?? 0) + 1)
    else {
      const body = Buffer.from(payload.body as Uint8Array).toString('hex')
      wrong.push(
        `${payload.name}: ours ${ours.why || 'accepts'}, theirs ${theirs[i].why}: ${payload.type} ${body.slice(0, 400)}`,
      )
    }
  })
  return {wrong, excepted}
}

function print(
  what: string,
  theirs: readonly Verdict[],
  result: ReturnType<typeof compare>,
  crashes: number,
): void {
  const n = theirs.length
  const apart = [...result.excepted.values()].reduce((sum, count) => sum + count, 0)
  const same = n - apart - result.wrong.length
  const refused = theirs.filter(({accepted}) => !accepted).length
  const exceptions = [...result.excepted].map(([name, count]) => `${name} ${count}`).join(', ')
  process.stdout.write(
    `R7 ${what}: ${same} of ${n} verdicts the same (${refused} refusals, ${crashes} of them crashes), ${apart} named exceptions (${exceptions})\n`,
  )
}

const describeServers = servers.length > 0 ? describe.each(servers) : describe.skip.each(servers)

describeServers('$name, $version', (program) => {
  const level = levelOf(program.version)
  const server = new RestoreServer(program.path)
  afterAll(() => server.stop())

  test('gives the same verdict on crafted payloads', async () => {
    const payloads = crafted(level)
    const theirs = await server.verdicts(payloads, level.version)
    const result = compare(payloads, theirs, level)
    print(`${program.version}, crafted`, theirs, result, server.crashes.length)
    expect(result.wrong).toEqual([])
    expect(payloads.length).toBeGreaterThan(400)
  })

  test('gives the same verdict on mutations of what servers dump', async () => {
    const random = randomSeed(`R7 ${program.version}`)
    const dumps = dumpsOf(program)
    const payloads = Array.from({length: MUTATIONS}, () => {
      const [name, dump] = random.pick(dumps)
      return mutated(name, dump, seeded(random.u32()))
    })
    const before = server.crashes.length
    const theirs = await server.verdicts(payloads, level.version)
    const result = compare(payloads, theirs, level)
    print(`${program.version}, mutated`, theirs, result, server.crashes.length - before)
    expect(result.wrong).toEqual([])
  })
})
