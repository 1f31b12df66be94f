/**
 * What a server's configuration file says about where its data lies. Lines are split like manifests (split-args.ts); the first
 * word is a directive in any case, `#` starts a comment line. The last line for a directive counts, but rename-command adds up.
 * Source: loadServerConfigFromString() in config.c.
 */
import {splitArgs} from '../../formats/aof/split-args.ts'

export interface ServerConfig {
  /** As given, to name it. */
  path: string
  dir: string | null
  /** null: not said; servers then take 'no'. */
  appendonly: boolean | null
  appendfilename: string
  appenddirname: string
  dbfilename: string
  databases: number
  /** A `save` point is set, so that FLUSHALL in a log writes dump.rdb while it is loaded. */
  savePoints: boolean
  /** New name to the server's own, upper case. Commands that were disabled are not here. */
  renames: Map<string, string>
  /** Named, not followed. */
  includes: string[]
  /** Arguments of every line by directive, lower case, in the order of the file. */
  directives: Map<string, string[][]>
}

/** What servers assume without a configuration file. */
export function defaultConfig(path = ''): ServerConfig {
  return {
    path,
    dir: null,
    appendonly: null,
    appendfilename: 'appendonly.aof',
    appenddirname: 'appendonlydir',
    dbfilename: 'dump.rdb',
    databases: 16,
    savePoints: true,
    renames: new Map(),
    includes: [],
    directives: new Map(),
  }
}

type Apply = (config: ServerConfig, args: string[]) => void

const DIRECTIVES: Record<string, Apply> = {
  dir: (config, [dir]) => void (config.dir = dir),
  appendonly: (config, [value]) => void (config.appendonly = value.toLowerCase() === 'yes'),
  appendfilename: (config, [name]) => void (config.appendfilename = name),
  appenddirname: (config, [name]) => void (config.appenddirname = name),
  dbfilename: (config, [name]) => void (config.dbfilename = name),
  databases: (config, [count]) => void (config.databases = Number(count) || config.databases),
  save: (config, [seconds]) => void (config.savePoints = seconds !== ''),
  include: (config, [path]) => void config.includes.push(path),
  'rename-command': (config, [from, to]) => {
    if (to) config.renames.set(to.toUpperCase(), from.toUpperCase())
  },
}

export function readConfig(bytes: Uint8Array, path: string): ServerConfig {
  const config = defaultConfig(path)
  const decoder = new TextDecoder('utf-8')
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(0x0a, at)
    const end = found < 0 ? bytes.length : found
    const line = bytes.subarray(at, end)
    at = end + 1
    if (line[0] === 0x23) continue
    const [directive, ...args] = (splitArgs(line) ?? []).map((word) => decoder.decode(word))
    if (directive === undefined || args.length === 0) continue
    const name = directive.toLowerCase()
    DIRECTIVES[name]?.(config, args)
    const lines = config.directives.get(name)
    if (lines === undefined) config.directives.set(name, [args])
    else lines.push(args)
  }
  return config
}
