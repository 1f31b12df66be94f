import {InputError} from '../io/input-error.ts'
import type {ServerConfig} from '../io/layout/config.ts'
import {readLayout} from '../io/layout/layout.ts'
import type {Layout} from '../io/layout/types.ts'

/** What lies at a path. @throws InputError also where nothing there is a server's. */
export function layoutOf(input: string, config: ServerConfig | null): Layout {
  const layout = readLayout(input, config === null ? {} : {config})
  if (layout.files.length > 0 || layout.findings.length > 0) return layout
  const reasons = layout.reasons.join(' ')
  throw new InputError(
    'INPUT_KIND',
    input,
    `nothing that a server would load lies here. ${reasons}`.trim(),
  )
}
