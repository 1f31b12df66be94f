import type {ServerConfig} from '../io/layout/config.ts'
import type {Layout, LayoutFile} from '../io/layout/types.ts'
import {layoutOf} from './layout-of.ts'
import type {FileToLoad} from './load-dataset.ts'

/** What a server would load of an input, in order. @throws InputError. */
export function loadedFiles(input: string, config: ServerConfig | null): FileToLoad[] {
  return loadedFilesOf(layoutOf(input, config), input)
}

export function loadedFilesOf({source, files}: Layout, input: string): FileToLoad[] {
  if (source === 'file' || source === 'unknown') return [{path: input, name: input}]
  return files.filter(isLoaded)
}

export function isLoaded({loaded, head, role}: LayoutFile): boolean {
  return loaded && head !== null && role !== 'manifest'
}
