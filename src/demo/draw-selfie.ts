import { sharp } from '../media/sharp.ts'
import { samplePath } from './cut-head.ts'
import type { Random } from './random.ts'
import type { Runner } from './runners.ts'

/** Pixels; phones send more, a selfie search needs no more. */
const SIDE = 900

/**
 * A selfie of a runner: her own picture, cut closer or wider than on the photos, under another light, mirrored as
 * phones do.
 */
export async function drawSelfie({ head }: Runner, random: Random): Promise<Buffer> {
  const { chin, faceWidth, sample, light } = head
  const { width, height } = await sharp(samplePath(sample)).metadata()
  const side = Math.round(Math.min(faceWidth * random.between(2.2, 2.7), width, height))
  const centre = [chin[0], chin[1] - faceWidth * 0.55] as const
  const left = Math.round(clamp(centre[0] - side / 2, 0, width - side))
  const top = Math.round(clamp(centre[1] - side / 2, 0, height - side))
  const warmth = random.between(0.94, 1.06)
  const lit = await sharp(samplePath(sample))
    .extract({ left, top, width: side, height: side })
    .linear([light[0] * warmth, light[1], light[2] / warmth], [0, 0, 0])
    .flop(random.pick([true, false]))
    .toBuffer()
  const tilted = await sharp(lit).rotate(random.between(-4, 4)).toBuffer()
  return sharp(await cutMiddle(tilted, side * 0.86))
    .resize(SIDE, SIDE)
    .modulate({ brightness: random.between(0.85, 1.12), saturation: random.between(0.8, 1.1) })
    .jpeg({ quality: 88 })
    .toBuffer()
}

/** The middle of a turned picture, without its empty corners. */
async function cutMiddle(picture: Buffer, wanted: number): Promise<Buffer> {
  const { width, height } = await sharp(picture).metadata()
  const side = Math.floor(wanted)
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)]
  return sharp(picture).extract({ left, top, width: side, height: side }).toBuffer()
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
