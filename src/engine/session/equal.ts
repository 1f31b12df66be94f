/** Are two texts the same? It takes as long wherever they differ. Source: time_independent_strcmp() in acl.c. */
export function timingSafeEqual(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let i = 0; i < given.length; i++) {
    difference |=
      given.charCodeAt(i) ^ wanted.charCodeAt(wanted.length === 0 ? 0 : i % wanted.length)
  }
  return difference === 0
}
