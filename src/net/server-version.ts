/** Which payloads a server takes: its version as the name of a target. */
import type {ServerInfo} from './server-info.ts'

/** `redis-7.0`: of the known names the newest that is not newer than the server; null where INFO tells nothing. */
export function targetNameOf(info: ServerInfo, known: readonly string[]): string | null {
  const isValkey = info.get('server_name') === 'valkey' || info.has('valkey_version')
  const family = isValkey ? 'valkey' : 'redis'
  const own = versionOf(info.get(`${family}_version`) ?? '')
  if (own === null) return null
  const candidates = known
    .map((name) => ({name, version: versionOf(name.replace(/^\w+-/, ''))}))
    .filter(
      ({name, version}) => name.startsWith(`${family}-`) && version !== null && version <= own,
    )
  const best = candidates.sort((a, b) => b.version! - a.version!)[0]
  return best?.name ?? null
}

/** Major and minor version as one number; null for what is none. */
function versionOf(text: string): number | null {
  const [, major, minor] = /^(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return major === undefined ? null : Number(major) * 1000 + Number(minor ?? 0)
}
