import type {ServerConfig} from '../io/layout/config.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'

/** What a server would load of an input, in order. @throws InputError. */
export function loadedFiles(input: string, config: ServerConfig | null): FileToLoad[] {
  const {source, files} = layoutOf(input, config)
  if (source === 'file' || source === 'unknown') return [{path: input, name: input}]
  return files.filter(({loaded, head, role}) => loaded && head !== null && role !== 'manifest')
}
