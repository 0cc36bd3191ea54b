import type { BibRead, BibReader } from '../../bibs/index.ts'
import { cutRegion } from '../../media/cut-region.ts'
import type { Box, Picture } from '../../media/picture.ts'
import { sharp } from '../../media/sharp.ts'
import type { Track } from './tracker.ts'

/** Where a bib may be at one moment of a track: chest to hips, cut from the frame. */
export type Torso = {
  readonly seconds: number
  /** In pixels of the frame. */
  readonly box: Box
  readonly worth: number
  readonly picture: Picture
}

export type TorsoRead = BibRead & { readonly track: Track; readonly seconds: number }

/** Bibs are read on so many moments of a track. */
const MAX_TORSOS = 3
const APART_SECONDS = 0.5
/** A face below this height is too far for its bib to be read. */
const MIN_FACE = 24
/** Torsos are read side by side in one picture of this size: the reader enlarges it twofold. */
const SHEET = 720
const MAX_TORSO = { width: 352, height: 352 }
const MARGIN = 8

/** In face widths and heights: two to each side, from the chin to the hips. */
const torsoBox = ([x, y, width, height]: Box): Box => [
  x - 1.5 * width,
  y + 0.9 * height,
  4 * width,
  4.6 * height,
]

/** Keeps a torso of this moment when it is among the best of its track: near, sharp, and apart from the others. */
export function keepTorso(
  torsos: readonly Torso[],
  {
    picture,
    seconds,
    face,
    sharpness,
  }: { picture: Picture; seconds: number; face: Box; sharpness: number },
): readonly Torso[] {
  if (face[3] < MIN_FACE) return torsos
  const box = torsoBox(face)
  const isWhole =
    box[1] + 0.6 * box[3] < picture.height &&
    box[0] > -box[2] / 3 &&
    box[0] + box[2] < picture.width + box[2] / 3
  if (!isWhole) return torsos
  const worth = Math.min(face[3], 120) * (0.5 + sharpness)
  const near = torsos.find((torso) => Math.abs(torso.seconds - seconds) < APART_SECONDS)
  const worst = torsos.length < MAX_TORSOS ? undefined : torsos.at(-1)
  const rival = near ?? worst
  if (rival && rival.worth >= worth) return torsos
  const cut = cutRegion(picture, box)
  if (!cut) return torsos
  return [...torsos.filter((torso) => torso !== rival), { seconds, box, worth, picture: cut }].sort(
    (a, b) => b.worth - a.worth,
  )
}

type Placed = {
  torso: Torso
  track: Track
  left: number
  top: number
  width: number
  height: number
}

/** Reads the bibs of torsos, many in one picture: reading a picture costs by its area, not by what is in it. */
export function createTorsoReader(
  bibReader: BibReader,
  onRead: (read: TorsoRead) => void,
  signal: AbortSignal,
) {
  let sheet = newSheet()
  let placed: Placed[] = []
  let shelf = { left: MARGIN, top: MARGIN, height: 0 }

  const flush = async () => {
    if (placed.length === 0) return
    // The sheet ends below the last shelf: what is empty costs as much as what is full.
    const height = Math.min(SHEET, Math.max(160, shelf.top + shelf.height + MARGIN))
    const data = toShared(sheet.data.subarray(0, SHEET * height * 3))
    const reads = await bibReader({ data, width: SHEET, height }, signal)
    for (const read of reads) {
      const [x, y] = [read.box[0] + read.box[2] / 2, read.box[1] + read.box[3] / 2]
      const place = placed.find(
        ({ left, top, width, height }) =>
          x >= left && x < left + width && y >= top && y < top + height,
      )
      if (place) onRead({ ...read, track: place.track, seconds: place.torso.seconds })
    }
    sheet = newSheet()
    placed = []
    shelf = { left: MARGIN, top: MARGIN, height: 0 }
  }

  return {
    async add(track: Track, torso: Torso): Promise<void> {
      const small = await shrink(torso.picture)
      const { width, height } = small
      if (shelf.left + width + MARGIN > SHEET)
        shelf = { left: MARGIN, top: shelf.top + shelf.height + MARGIN, height: 0 }
      if (shelf.top + height + MARGIN > SHEET) {
        await flush()
      }
      for (let row = 0; row < height; row++)
        sheet.data.set(
          small.data.subarray(row * width * 3, (row + 1) * width * 3),
          ((shelf.top + row) * SHEET + shelf.left) * 3,
        )
      placed.push({ torso, track, left: shelf.left, top: shelf.top, width, height })
      shelf = {
        left: shelf.left + width + MARGIN,
        top: shelf.top,
        height: Math.max(shelf.height, height),
      }
    },
    flush,
  }
}

const newSheet = () => ({
  data: new Uint8Array(SHEET * SHEET * 3).fill(128),
  width: SHEET,
  height: SHEET,
})

function toShared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

async function shrink(
  picture: Picture,
): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { width, height } = picture
  const scale = Math.min(1, MAX_TORSO.width / width, MAX_TORSO.height / height)
  if (scale === 1) return picture
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) }
  const data = await sharp(picture.data, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill' })
    .raw()
    .toBuffer()
  return { data, ...size }
}
