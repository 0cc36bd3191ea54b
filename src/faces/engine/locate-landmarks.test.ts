import { expect, test } from 'vitest'
import type { Net } from '../../inference/session.ts'
import { locateLandmarks, SELFIE_FRAMES } from './locate-landmarks.ts'

const SIZE = 400
const picture = { data: new Uint8Array(SIZE * SIZE * 3).fill(90), width: SIZE, height: SIZE }
const box = [100, 100, 100, 100] as const
const OUTLINE = 136

/** A net that puts every point into the middle of the crop, but for the frame of this number, which it misreads by half a crop. */
function netMisreading(frame: number): Net {
  let crop = 0
  return {
    async run({ dims: [count = 0] }) {
      const data = new Float32Array(count * OUTLINE)
      for (let i = 0; i < count; i++, crop++)
        data.fill(Math.floor(crop / 2) === frame ? 1 : 0.5, i * OUTLINE, (i + 1) * OUTLINE)
      return { points: { data, dims: [count, OUTLINE] } }
    },
    release: async () => undefined,
  }
}

test('of a selfie one misread frame does not move the points', async () => {
  const [face] = await locateLandmarks(netMisreading(1), picture, {
    boxes: [box],
    frames: SELFIE_FRAMES,
  })

  for (const value of face!.points) expect(Math.abs(value - 150)).toBeLessThan(1)
  expect(face!.doubt).toBeLessThan(0.02)
})

test('each of several faces has its own points', async () => {
  const boxes = [box, [200, 220, 40, 60] as const]

  const [first, second] = await locateLandmarks(netMisreading(-1), picture, {
    boxes,
    frames: SELFIE_FRAMES,
  })

  for (const [i, middle] of [150, 150].entries())
    expect(Math.abs(first!.points[i]! - middle)).toBeLessThan(1)
  for (const [i, middle] of [220, 250].entries())
    expect(Math.abs(second!.points[i]! - middle)).toBeLessThan(1)
})
