import type {Operation} from './host.ts'

/**
 * Load the operation of this name: the function of that name in `operations/<name>`. The URL of a module that exports one under the
 * name of its file will do as well.
 */
export async function loadOperation(name: string): Promise<Operation<unknown, unknown>> {
  const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const url = name.startsWith('file:')
    ? name
    : new URL(`../operations/${name}.${suffix}`, import.meta.url).href
  const module = await import(url)
  return module[exportName(url)]
}

/** `file:///x/verify-all.js` exports `verifyAll`. */
function exportName(url: string): string {
  const file = url.slice(url.lastIndexOf('/') + 1).replace(/\.\w+$/, '')
  return file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
