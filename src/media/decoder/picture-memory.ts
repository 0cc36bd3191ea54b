import { collectEvery, collectGarbage } from '../../lib/collect-garbage.ts'

/** Shared memory for the pixels of pictures that is used again: see createPictureMemory. */
export type PictureMemory = {
  /** Memory of this length, with anything in it. */
  take(bytes: number): Uint8Array<SharedArrayBuffer>
  /**
   * To be called when no thread looks at it any more: the next picture is written into it. Who cannot be sure of that, as after a failure,
   * leaves it out: then it is collected like any memory. What was not taken here, or is given back for the second time, is left alone.
   */
  giveBack(memory: Uint8Array<SharedArrayBuffer>): void
  /** Lets go of what is kept. */
  letGo(): void
}

/** Of two photos of 12 to 26 megapixels side by side, or one of 53. Of larger ones memory is made anew, and collected. */
const MAX_KEPT_BYTES = 160e6
/** New memory after which V8 is made to collect what nobody uses any more: with photos of 12 megapixels, none is new after the first two. */
const COLLECT_EVERY_BYTES = 256e6

/**
 * Lends memory for pictures. Were it new for each, the kernel would clear its pages each time, and V8, which does not count shared
 * memory, would have to be made to collect it (decision 0032).
 */
export function createPictureMemory({ maxKeptBytes = MAX_KEPT_BYTES } = {}): PictureMemory {
  /** The smallest first. */
  let kept: SharedArrayBuffer[] = []
  const lent = new WeakSet<SharedArrayBuffer>()
  const countNew = collectEvery(COLLECT_EVERY_BYTES)

  const makeNew = (bytes: number): SharedArrayBuffer => {
    const memory = new SharedArrayBuffer(bytes)
    countNew(new Uint8Array(memory))
    return memory
  }
  return {
    take(bytes) {
      if (bytes === 0) return new Uint8Array(new SharedArrayBuffer(0)) // what an error answers
      const fits = kept.findIndex(({ byteLength }) => byteLength >= bytes)
      const memory = fits < 0 ? makeNew(bytes) : kept.splice(fits, 1)[0]!
      lent.add(memory)
      return new Uint8Array(memory, 0, bytes)
    },
    giveBack({ buffer }) {
      if (!lent.delete(buffer)) return
      kept = keepLargest([...kept, buffer], maxKeptBytes)
    },
    letGo() {
      if (kept.length === 0) return
      kept = []
      collectGarbage()
    },
  }
}

/** As many as fit, the largest first: they serve smaller pictures too. */
function keepLargest(pieces: readonly SharedArrayBuffer[], maxBytes: number): SharedArrayBuffer[] {
  let left = maxBytes
  const largestFirst = pieces.toSorted((a, b) => b.byteLength - a.byteLength)
  return largestFirst
    .filter(({ byteLength }) => {
      const fits = byteLength <= left
      if (fits) left -= byteLength
      return fits
    })
    .toReversed()
}
