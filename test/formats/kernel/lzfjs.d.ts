declare module 'lzfjs' {
  const lzfjs: {compress(bytes: Uint8Array): Uint8Array; decompress(bytes: Uint8Array): Uint8Array}
  export default lzfjs
}
