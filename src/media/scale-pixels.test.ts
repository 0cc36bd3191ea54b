import { expect, test } from 'vitest'
import { type Kernel, type Pixels, scalePixels } from './scale-pixels.ts'

/** Grey by place. */
function draw(width: number, height: number, grey: (x: number, y: number) => number): Pixels {
  const data = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++)
    data.fill(grey(at % width, Math.floor(at / width)), 3 * at, 3 * at + 3)
  return { data, width, height }
}
const range = ({ data }: Pixels) => [Math.min(...data), Math.max(...data)]
const KERNELS: readonly Kernel[] = ['cubic', 'lanczos3']

test.each([1.5, 3, 4, 4.27, 9, 20])(
  'stripes of one pixel shrunk by %d are an even grey',
  async (factor) => {
    const stripes = draw(600, 60, (x) => (x % 2) * 255)
    const size = { width: Math.round(600 / factor), height: Math.round(60 / factor) }
    for (const kernel of KERNELS) {
      const scaled = await scalePixels(stripes, size, { kernel })
      expect({ width: scaled.width, height: scaled.height }).toEqual(size)
      const [darkest, lightest] = range(scaled)
      expect(lightest! - darkest!).toBeLessThan(factor < 2 ? 130 : 45)
    }
  },
)

test('a ramp shrunk in several steps stays where it is', async () => {
  const ramp = draw(1000, 40, (x) => Math.floor(x / 4))
  for (const kernel of KERNELS) {
    const { data } = await scalePixels(ramp, { width: 100, height: 4 }, { kernel })
    // The pixel in the middle covers x from 500 to 510; those at the borders are darker or lighter by the border's half.
    for (const x of [20, 50, 80])
      expect(Math.abs(data[3 * x]! - (10 * x + 4.5) / 4)).toBeLessThan(1.5)
  }
})

test('one side may shrink by much while the other does not', async () => {
  const wide = draw(900, 3, (_x, y) => 30 + 60 * y)
  const scaled = await scalePixels(wide, { width: 100, height: 3 }, { kernel: 'cubic' })
  expect([scaled.width, scaled.height]).toEqual([100, 3])
  expect([50, 150, 250].map((at) => scaled.data[3 * at])).toEqual([30, 90, 150])
})

test('what is enlarged keeps its edges sharp, whatever shrinks', async () => {
  const edge = draw(20, 20, (x) => (x < 10 ? 60 : 180))
  const [darkest, lightest] = range(
    await scalePixels(edge, { width: 33, height: 33 }, { kernel: 'lanczos3' }),
  )
  // Sharpening goes a little beyond what is there; interpolation in a line never does.
  expect(darkest).toBeLessThan(57)
  expect(lightest).toBeGreaterThan(183)
})

test('pixels of the size that is wanted are not copied', async () => {
  const pixels = draw(8, 8, () => 1)
  expect(await scalePixels(pixels, { width: 8, height: 8 }, { kernel: 'cubic' })).toBe(pixels)
})
