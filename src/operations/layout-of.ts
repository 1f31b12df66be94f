import {InputError} from '../io/input-error.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readLayout} from '../io/layout/layout.ts'
import type {Layout} from '../io/layout/types.ts'
import {isServer} from '../io/server-name.ts'

/** What lies at a path. @throws InputError also where nothing there is a server's. */
export function layoutOf(input: string, config: ServerConfig | null): Layout {
  if (isServer(input)) {
    const message = 'a live server, which is not read here: give a file or directory'
    throw new InputError('INPUT_KIND', input, message)
  }
  const layout = readLayout(input, config === null ? {} : {config})
  if (layout.files.length > 0 || layout.findings.length > 0) return layout
  const reasons = layout.reasons.join(' ')
  throw new InputError(
    'INPUT_KIND',
    input,
    `nothing that a server would load lies here. ${reasons}`.trim(),
  )
}
