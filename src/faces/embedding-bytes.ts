import { endianness } from 'node:os'

/** The database holds embeddings as little-endian float32. */
const IS_LITTLE = endianness() === 'LE'

export function toBytes(embedding: Float32Array): Buffer {
  const bytes = Buffer.from(Float32Array.from(embedding).buffer)
  return IS_LITTLE ? bytes : bytes.swap32()
}

export function fromBytes(bytes: Buffer): Float32Array {
  const copy = Uint8Array.from(bytes)
  if (!IS_LITTLE) Buffer.from(copy.buffer).swap32()
  return new Float32Array(copy.buffer)
}
