import type { ByteTensor, Net } from '../../inference/session.ts'
import { freeMemory } from '../../lib/free-memory.ts'
import type { Picture } from '../../media/picture.ts'
import type { Pixels } from '../../media/scale-pixels.ts'
import { holds, scaled, type TextBox } from './geometry.ts'
import { mapText, scalePicture, wholeOf } from './map-text.ts'
import { textBoxes } from './text-boxes.ts'
import { areaOf, planWindows, type Window } from './text-windows.ts'

/** A place where a bib may be, in pixels of the picture. */
export type Place = Window & {
  /** Height of the face above it: what tells how large its digits are. */
  readonly faceHeight: number
}

/**
 * Of large pictures, people near the camera, and text that shows in the coarse copy, are looked at in half of the size: a quarter of
 * the CPU. Pictures that are enlarged have no pixels to spare (F1 .917 with faces from 96 px, .975 without).
 */
const HALF = 0.5
/** Height of a face, in pixels of the full size, from which the digits below it are large enough at half of it. */
const NEAR_FACE = 180
/**
 * A copy of this size shows large text, for a tenth of the CPU: 142 of 284 bibs are read when no face above them is known, 96 with 0.25, 43
 * with 0.2. Labelled photos, where the faces are found, do not tell: all sizes lead to 276, and 0.25 to two false ones fewer.
 */
const COARSE = 0.3
/** Windows that cover more of a picture than this are not worth their borders. */
const WORTH_CUTTING = 0.8

/**
 * Finds the places that look like text in a picture seen at `scale`; the boxes are in pixels of the picture.
 *
 * @param places where text is looked for closely; elsewhere only large text is found. Undefined: all is looked at closely
 */
export async function detectText(
  net: Net<ByteTensor>,
  picture: Picture,
  options: Options,
): Promise<TextBox[]> {
  const copies: Pixels[] = []
  const copy = async (pixels: Pixels, scale: number) => {
    const scaled = await scalePicture(pixels, scale)
    if (scaled !== pixels) copies.push(scaled)
    return scaled
  }
  const found = await findText({ net, copy }, picture, options)
  for (const { data } of copies) freeMemory(data)
  return found
}

type Options = { scale: number; places: readonly Place[] | undefined }

async function findText(
  { net, copy }: { net: Net<ByteTensor>; copy: typeof scalePicture },
  picture: Picture,
  { scale, places }: Options,
): Promise<TextBox[]> {
  const boxesIn = async (pixels: Pixels, windows: readonly Window[]) => {
    const map = await mapText(net, pixels, windows)
    const boxes = textBoxes(map, windows).map((box) => scaled(box, picture.width / map.width))
    freeMemory(map.values)
    return boxes
  }
  const lookClosely = (pixels: Pixels) => boxesIn(pixels, [wholeOf(pixels)])
  if (!places) return lookClosely(await copy(picture, scale))

  const share = scale > 1 ? 1 : HALF
  const isNear = ({ faceHeight }: Place) => share === 1 || faceHeight * scale >= NEAR_FACE
  const far = places.filter((place) => !isNear(place)).map(scaleBy(scale))
  const full = far.length > 0 ? await copy(picture, scale) : undefined
  const farWindows = full ? planWindows(undefined, { places: far, size: full }) : []
  if (full && sumOf(farWindows) > WORTH_CUTTING * areaOf(wholeOf(full))) return lookClosely(full)

  const half = full ? await copy(full, share) : await copy(picture, scale * share)
  const near = places.filter(isNear).map(scaleBy(scale * share))
  const coarse = await copy(half, COARSE / share)
  const traces = await mapText(net, coarse, [wholeOf(coarse)])
  const nearWindows = planWindows(traces, { places: near, size: half })
  freeMemory(traces.values)
  const isAll = sumOf(nearWindows) > WORTH_CUTTING * areaOf(wholeOf(half))
  return joinBoxes(
    full ? await boxesIn(full, farWindows) : [],
    await boxesIn(half, isAll ? [wholeOf(half)] : nearWindows),
  )
}

/** A text seen at both sizes is taken where it is whole, else from the full size. */
function joinBoxes(full: readonly TextBox[], half: readonly TextBox[]): TextBox[] {
  const isSame = (a: TextBox, b: TextBox) => holds(a, b) || holds(b, a)
  const isWhole = (box: TextBox, other: TextBox) => box.width > MOST_OF_IT * other.width
  const kept = half.filter(
    (box) => !full.some((other) => isSame(box, other) && isWhole(other, box)),
  )
  return [...full.filter((box) => !kept.some((other) => isSame(box, other))), ...kept]
}

/** A box narrower than this share of another was cut off by the border of a window. */
const MOST_OF_IT = 0.8

const sumOf = (windows: readonly Window[]) =>
  windows.reduce((sum, window) => sum + areaOf(window), 0)

const scaleBy =
  (scale: number) =>
  ({ left, top, right, bottom }: Window): Window => ({
    left: left * scale,
    top: top * scale,
    right: right * scale,
    bottom: bottom * scale,
  })
