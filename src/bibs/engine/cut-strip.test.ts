import { expect, test } from 'vitest'
import type { Picture } from '../../media/picture.ts'
import { cutStrip } from './cut-strip.ts'

/** A picture whose red grows to the right and whose green grows downwards, two a pixel. */
function ramp(width: number, height: number): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([2 * x, 2 * y, 0], (y * width + x) * 3)
  }
  return { data, width, height }
}

const UPRIGHT = { cos: 1, sin: 0 }

test('copies the pixels of an upright box of its own height', () => {
  const box = { centreX: 60, centreY: 54, width: 80, height: 48, ...UPRIGHT }
  const { pixels, width } = cutStrip(ramp(120, 120), box)

  expect(width).toBe(80)
  expect([...pixels.slice(0, 3)]).toEqual([40, 60, 0]) // the pixel at (20, 30)
  expect([...pixels.slice(-3)]).toEqual([198, 154, 0]) // the pixel at (99, 77)
})

test('averages what it shrinks', () => {
  const box = { centreX: 60, centreY: 60, width: 96, height: 96, ...UPRIGHT }
  const { pixels, width } = cutStrip(ramp(120, 120), box)

  expect(width).toBe(48)
  expect(pixels[0]).toBeCloseTo(25) // the mean of the columns 12 and 13
})

test('turns a tilted box upright', () => {
  const box = { centreX: 60, centreY: 60, width: 60, height: 48, cos: 0.8, sin: 0.6 }
  const { pixels, width } = cutStrip(ramp(120, 120), box)
  const colour = (x: number, y: number) => [...pixels.slice((y * width + x) * 3).slice(0, 2)]
  const [red, green] = colour(30, 20)
  const [redRight, greenRight] = colour(31, 20)
  const [redBelow, greenBelow] = colour(30, 21)

  // One step right in the strip goes 0.8 right and 0.6 down in the picture, where both colours grow by 2 a pixel.
  expect(redRight! - red!).toBeCloseTo(1.6)
  expect(greenRight! - green!).toBeCloseTo(1.2)
  expect(redBelow! - red!).toBeCloseTo(-1.2)
  expect(greenBelow! - green!).toBeCloseTo(1.6)
})

test('goes on with the border pixels where the box leaves the picture', () => {
  const box = { centreX: 0, centreY: 60, width: 80, height: 48, ...UPRIGHT }
  const { pixels } = cutStrip(ramp(120, 120), box)

  expect(pixels[0]).toBe(0)
  expect(pixels[1]).toBe(72)
  expect([...pixels].every(Number.isFinite)).toBe(true)
})
