/** A character for each byte: how bytes lie in a part file. */
export const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

export const bytesOfLatin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))
