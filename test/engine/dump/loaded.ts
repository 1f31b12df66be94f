/** Fixtures as the engine holds them after loading: rows in the shape of the truth files. */
import {DEFAULT_COMMANDS} from '../../../src/engine/commands/table.ts'
import type {Keyspace} from '../../../src/engine/keyspace.ts'
import {ScriptInLog, type Trouble} from '../../../src/engine/replay.ts'
import {logicalOf} from '../../../src/engine/values/kinds.ts'
import {VALUE_OPS} from '../../../src/engine/values/table.ts'
import {createKernel} from '../../../src/formats/kernel/kernel.ts'
import {createInlineHost} from '../../../src/io/inline-host.ts'
import {loadKernelModule} from '../../../src/io/kernel-file.ts'
import {Inputs} from '../../../src/io/open-input.ts'
import {layoutOf} from '../../../src/operations/layout-of.ts'
import {DatasetLoader} from '../../../src/operations/load-dataset.ts'
import {digestRules} from '../../support/digest.ts'
import type {Fixture, Row} from '../../support/fixtures.ts'
import {base64, ValueRows} from '../../support/rows.ts'

const host = createInlineHost(createKernel(loadKernelModule()), new Inputs(), 1e9, 0x100000)

export interface Loaded {
  keyspace: Keyspace
  troubles: Trouble[]
  /** What only a server can run, met on the way. */
  script: ScriptInLog | null
}

/** Load what a server would load from a fixture. */
export function loadFixture({kind, path, variant}: Fixture): Loaded {
  const troubles: Trouble[] = []
  const loader = new DatasetLoader(host, {
    table: DEFAULT_COMMANDS,
    databases: 16,
    onTrouble: (_file, trouble) => void troubles.push(trouble),
  })
  const files =
    kind === 'rdb'
      ? [{path, name: variant}]
      : layoutOf(path, null).files.filter(
          ({loaded, head, role}) => loaded && head !== null && role !== 'manifest',
        )
  const {keyspace} = loader
  try {
    for (const file of files) loader.load(file)
  } catch (error) {
    if (error instanceof ScriptInLog) return {keyspace, troubles, script: error}
    throw error
  } finally {
    host.close()
  }
  return {keyspace, troubles, script: null}
}

/** Every key, as a server of this fixture's version would show it. */
export function rowsOf(keyspace: Keyspace, {meta}: Fixture): Row[] {
  const rows: Row[] = []
  const visit = new ValueRows(digestRules(meta))
  for (const number of keyspace.numbers()) {
    const db = keyspace.database(number)
    for (const entry of db.entries()) {
      const type = logicalOf(db.kind(entry))
      VALUE_OPS[type].visit(keyspace, entry, visit)
      rows.push({
        db: number,
        key: base64(keyspace.arena.memory, db.keyStart(entry), db.keyEnd(entry)),
        type,
        expireAtMs: db.expiresAtMs(entry),
        value: visit.result(),
      })
    }
  }
  return rows
}
