import type { Photo } from '../types.ts'
import { CHUNK } from './chunk.ts'
import { type Box, expectedHeight, justify } from './justify.ts'
import type { Source } from './source.svelte.ts'

/**
 * Where every photo of a long list lies. All chunks but the last have one height whether their photos are known or not, so a
 * place is found by division and nothing moves when photos come in.
 */
export function layOut(source: () => Source, width: () => number) {
  const known = new WeakMap<readonly Photo[], { width: number; boxes: Box[]; height: number }>()
  const chunks = $derived(Math.ceil(source().total / CHUNK))
  const chunkHeight = $derived(expectedHeight(CHUNK, width()))

  function chunkLayout(chunk: number) {
    const photos = source().chunk(chunk)
    if (!photos) return undefined
    const before = known.get(photos)
    if (before?.width === width()) return before
    const ratios = photos.map((photo) => photo.width / photo.height)
    const isLast = chunk === chunks - 1
    const room = isLast ? { width: width() } : { width: width(), height: chunkHeight }
    const made = { width: width(), ...justify(ratios, room) }
    known.set(photos, made)
    return made
  }
  const lastHeight = $derived(
    chunks === 0
      ? 0
      : (chunkLayout(chunks - 1)?.height ??
          expectedHeight(source().total - (chunks - 1) * CHUNK, width())),
  )
  const boxOf = (index: number): Box | undefined => {
    const chunk = Math.floor(index / CHUNK)
    const box = chunkLayout(chunk)?.boxes[index % CHUNK]
    return box && { ...box, top: box.top + chunk * chunkHeight }
  }
  return {
    get height() {
      return Math.max(0, (chunks - 1) * chunkHeight + lastHeight)
    },
    get chunkHeight() {
      return chunkHeight
    },
    boxOf,
    /** Chunks that touch a span of the list, and what is known of their photos. */
    between(top: number, bottom: number) {
      const found: { chunk: number; top: number; height: number; boxes: Box[] | undefined }[] = []
      const first = Math.max(0, Math.floor(top / chunkHeight))
      for (let chunk = first; chunk < chunks && chunk * chunkHeight < bottom; chunk++)
        found.push({
          chunk,
          top: chunk * chunkHeight,
          height: chunk === chunks - 1 ? lastHeight : chunkHeight,
          boxes: chunkLayout(chunk)?.boxes,
        })
      return found
    },
    /** How far down a photo lies; where it is not known yet, about. */
    topOf(index: number): number {
      const chunk = Math.floor(index / CHUNK)
      return (
        boxOf(index)?.top ??
        chunk * chunkHeight + ((index % CHUNK) / CHUNK) * (chunkHeight || lastHeight)
      )
    },
    /** The photo at a height; where it is not known yet, about. */
    indexAt(y: number): number {
      const chunk = Math.min(Math.max(0, chunks - 1), Math.max(0, Math.floor(y / chunkHeight)))
      const inside = Math.max(0, y - chunk * chunkHeight)
      const boxes = chunkLayout(chunk)?.boxes
      const at = boxes
        ? boxes.findIndex((box) => box.top + box.height > inside)
        : Math.floor((inside / chunkHeight) * CHUNK)
      const within = at < 0 ? CHUNK - 1 : at
      return Math.max(0, Math.min(source().total - 1, chunk * CHUNK + within))
    },
  }
}
