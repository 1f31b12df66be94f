/** Schemes of redis-cli, and Valkey's own names for them. A file of such a name is read as `./redis:/...`. */
const SERVER = /^(rediss?|valkeys?|unix|redis\+unix|redis-socket):\/\//i

/** Does an input name a live server? */
export function isServer(input: string): boolean {
  return SERVER.test(input)
}
