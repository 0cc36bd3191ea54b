import type { Pixels } from '../media/scale-pixels.ts'
import type { Size, WatermarkArt } from './watermark-art.ts'

/** Previews of a race come in two sizes, upright and across: 24 MB for a watermark. */
const MAX_CACHED_BYTES = 96 * 1024 * 1024

/**
 * A copy of the pixels with the mark laid over them.
 *
 * Drawn marks are kept, least recently used out first: a text mark of 2048 pixels takes 230 ms to draw and 21 ms to
 * lay over. libvips' compositing, which works in floats, takes 54 ms.
 */
export async function blendMark(
  { data, width, height }: Pixels,
  mark: WatermarkArt,
): Promise<Pixels> {
  const { pixels, runs } = await loadOverlay(mark, { width, height })
  const blended = new Uint8Array(data)
  for (let run = 0; run < runs.length; run += 2) {
    const end = 4 * runs[run + 1]!
    for (let over = 4 * runs[run]!, from = 3 * runs[run]!; over < end; over += 4, from += 3) {
      const rest = 255 - pixels[over + 3]!
      blended[from] = divideBy255(data[from]! * rest) + pixels[over]!
      blended[from + 1] = divideBy255(data[from + 1]! * rest) + pixels[over + 1]!
      blended[from + 2] = divideBy255(data[from + 2]! * rest) + pixels[over + 2]!
    }
  }
  return { data: blended, width, height }
}

type Drawn = {
  /** Premultiplied RGBA. */
  readonly pixels: Uint8Array
  /** Where the mark is, as first pixel and end in turn: most of it is empty, and looking for it costs as much as blending. */
  readonly runs: Uint32Array
}
type Overlay = { readonly bytes: number; readonly drawn: Promise<Drawn> }

/** Least recently used first: a Map keeps its order, and every use moves its entry to the end. */
const overlays = new Map<string, Overlay>()

/** Callers that come at once share one drawing; a failed one is forgotten. */
function loadOverlay(mark: WatermarkArt, size: Size): Promise<Drawn> {
  const key = `${mark.id} ${size.width}x${size.height}`
  const overlay = overlays.get(key) ?? {
    bytes: size.width * size.height * 4,
    drawn: mark
      .draw(size)
      .then(premultiply)
      .then((pixels) => ({ pixels, runs: findRuns(pixels) })),
  }
  overlays.delete(key)
  overlays.set(key, overlay)
  overlay.drawn.catch(() => overlays.delete(key))
  evictOldest()
  return overlay.drawn
}

function evictOldest() {
  let bytes = overlays.values().reduce((sum, overlay) => sum + overlay.bytes, 0)
  for (const [key, overlay] of overlays) {
    if (bytes <= MAX_CACHED_BYTES) return
    overlays.delete(key)
    bytes -= overlay.bytes
  }
}

function findRuns(pixels: Uint8Array): Uint32Array {
  const runs: number[] = []
  let isInside = false
  for (let at = 0; at < pixels.length; at += 4)
    if (pixels[at + 3]! > 0 !== isInside) {
      runs.push(at / 4)
      isInside = !isInside
    }
  if (isInside) runs.push(pixels.length / 4)
  return Uint32Array.from(runs)
}

/** In place. With colours multiplied by their alpha beforehand, blending is one product a channel. */
function premultiply(pixels: Uint8Array): Uint8Array {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!
    for (let channel = i; channel < i + 3; channel++) {
      pixels[channel] = divideBy255(pixels[channel]! * alpha)
    }
  }
  return pixels
}

/** Rounded, exact for 0..65025, without a division. */
function divideBy255(product: number): number {
  const biased = product + 128
  return (biased + (biased >> 8)) >> 8
}
