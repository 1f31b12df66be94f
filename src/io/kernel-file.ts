import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/** The compiled kernels. The build leaves them in dist/, which is the same place seen from src/io and from dist/io. */
export function loadKernelModule(): WebAssembly.Module {
  const path = fileURLToPath(new URL('../../dist/kernel.wasm', import.meta.url))
  return new WebAssembly.Module(readFileSync(path))
}
