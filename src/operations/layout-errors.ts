import type {Layout} from '../io/layout/types.ts'
import type {ReportBuilder} from './report-builder.ts'

/** What keeps a server from loading what lies there, as findings; `loaded` is how many files it would load. */
export function addLayoutErrors(
  builder: ReportBuilder,
  input: string,
  {findings}: Layout,
  loaded: number,
): void {
  const errors = findings.filter(({severity}) => severity === 'error')
  for (const {code, severity, file, offset, message, meaning} of errors) {
    builder.add(code, message, {file, offset}, {severity, meaning})
  }
  if (loaded > 0 || errors.length > 0) return
  builder.add('SET_NO_MANIFEST', 'a server would load nothing from here', {file: input})
}
