/** Memory to read files into that is used again: see createReadBuffers. */
export type ReadBuffers = {
  /** Memory of this length, with anything in it. */
  take(bytes: number): Buffer
  /** To be called when nobody looks at it any more: the next one writes into it. */
  giveBack(buffer: Buffer): void
}

/**
 * Lends memory to read files into. Were it new each time, V8 would look through its whole heap for each 32 MB that went by: at hundreds of
 * pictures a second that took 40 % of what a server uses (decision 0022).
 *
 * @param bytes of each that is kept, and the most that can be taken
 * @param kept how many are kept at most; when more are lent at a time, the rest is freed as any memory
 */
export function createReadBuffers({ bytes, kept }: { bytes: number; kept: number }): ReadBuffers {
  const free: ArrayBuffer[] = []
  return {
    take(length) {
      const whole = free.pop()
      if (whole) return Buffer.from(whole, 0, length)
      // Many small files to many slow readers take no more than they need.
      return Buffer.allocUnsafeSlow(length < bytes / SMALL ? length : bytes).subarray(0, length)
    },
    giveBack({ buffer }) {
      if (buffer.byteLength === bytes && buffer instanceof ArrayBuffer && free.length < kept)
        free.push(buffer)
    },
  }
}

/** What is smaller than one in so many of a kept one gets no whole one made for it. */
const SMALL = 8
