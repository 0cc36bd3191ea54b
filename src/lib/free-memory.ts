/**
 * Gives the memory of a large buffer back at once. V8 would do it at its next collection, and collects so much the more often: for each
 * few dozen MB that went by it looks through its whole heap (decision 0032).
 *
 * To be called by the last who looks at it: afterwards it is empty, and native code that still reads it would read what is no more its own. A
 * buffer that is a part of another, lies in shared memory or is empty is left alone.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array | Float32Array): void {
  const isWhole = byteLength > 0 && buffer.byteLength === byteLength
  if (isWhole && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
