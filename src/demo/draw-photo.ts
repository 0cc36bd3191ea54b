import { sharp } from '../media/sharp.ts'
import { addGrain, drawLayer } from './canvas.ts'
import type { CutHead } from './cut-head.ts'
import { drawRunner, type Stance } from './draw-runner.ts'
import { drawScene, HORIZON } from './draw-scene.ts'
import type { PlannedPhoto } from './plan-photos.ts'
import type { Random } from './random.ts'
import type { Runner } from './runners.ts'
import { writeMetadata } from './write-metadata.ts'

const SIZE = { width: 2400, height: 1600 }

/** Draws a planned photo: place, runners from far to near, grain of the sensor, EXIF. JPEG. */
export async function drawPhoto(
  photo: PlannedPhoto,
  heads: ReadonlyMap<Runner, CutHead>,
  random: Random,
): Promise<Buffer> {
  const canvas = await drawScene(photo.camera.spot, SIZE, random)
  const stances = placeRunners(photo.runners.length, random)
  for (const [i, runner] of [...photo.runners.entries()].reverse()) {
    const drawing = { runner, head: heads.get(runner)!, stance: stances[i]!, photo: SIZE }
    for (const layer of await drawRunner(drawing, random)) drawLayer(canvas, layer)
  }
  addGrain(canvas, makeGrain(random))
  const image = sharp(canvas.pixels, { raw: { ...SIZE, channels: 3 } })
  return writeMetadata(image, photo).jpeg({ quality: 88 }).toBuffer()
}

/** The first in front, the others further back on either side of her. */
function placeRunners(count: number, random: Random): Stance[] {
  const side = random.pick([-1, 1])
  const aside = count === 1 ? [0] : [side * 0.15, side * -0.2, side * 0.36]
  return Array.from({ length: count }, (_, i) => {
    const unit = i > 0 ? random.between(110, 150) : random.between(190, count === 1 ? 260 : 225)
    return {
      x: SIZE.width * (0.5 + aside[i]! + random.between(-0.04, 0.04)),
      y: SIZE.height * (HORIZON + random.between(0.05, 0.08)), // eyes are at the height of the lens
      unit,
    }
  })
}

/** Sums of three chances are nearly a bell curve. */
const makeGrain = (random: Random) =>
  Int8Array.from({ length: 10_007 }, () =>
    [-5, -5, -5].reduce((sum, from) => sum + random.between(from, -from), 0),
  )
