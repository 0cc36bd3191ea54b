import { type Layer, renderLayer, type Size } from './canvas.ts'
import type { CutHead } from './cut-head.ts'
import { CHIN, drawBody } from './draw-body.ts'
import type { Random } from './random.ts'
import type { Runner } from './runners.ts'

/** A person's chin on the photo, and how many pixels the units are that the body is drawn in. */
export type Stance = { readonly x: number; readonly y: number; readonly unit: number }

/** Of a unit: the rest of it is hair. */
const FACE_WIDTH = 0.84

type Drawing = { runner: Runner; head: CutHead; stance: Stance; photo: Size }

/** A person as layers, from back to front: limbs, head, shirt with bib. */
export async function drawRunner(
  { runner, head, stance: { x, y, unit }, photo }: Drawing,
  random: Random,
): Promise<Layer[]> {
  const depth = (photo.height - y) / unit // what is below the photo's edge need not be drawn
  const body = drawBody({ runner, unit, depth }, random)
  const corner = { left: Math.round(x - CHIN.x * unit), top: Math.round(y - CHIN.y * unit) }
  const scale = (unit * FACE_WIDTH) / head.faceWidth
  const face = {
    left: Math.round(x - head.chin[0] * scale),
    top: Math.round(y - head.chin[1] * scale),
    size: { width: Math.round(head.width * scale), height: Math.round(head.height * scale) },
  }
  return Promise.all([
    renderLayer(body.behind, corner),
    renderLayer(head.png, face),
    renderLayer(body.front, corner),
  ])
}
