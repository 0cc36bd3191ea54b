import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'

/** Reads a stream in pieces of wanted length, and sums what was read (CRC-32). */
export class ByteReader {
  sum = 0
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** Fills the whole target. @throws RangeError when the stream ends before */
  async fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length; ) {
      if (this.#rest.length === 0) await this.#next()
      const piece = this.#rest.subarray(0, target.length - at)
      target.set(piece, at)
      this.sum = crc32(piece, this.sum)
      this.#rest = this.#rest.subarray(piece.length)
      at += piece.length
    }
  }

  async take(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length)
    await this.fill(bytes)
    return bytes
  }

  async #next(): Promise<void> {
    const { done, value } = await this.#chunks.next()
    if (done) throw new RangeError('the stream ended too early')
    this.#rest = value
  }
}
