import { expect, test } from 'vitest'
import type { ByteTensor, Net } from '../../inference/session.ts'
import { mapText } from './map-text.ts'

/** A net that answers each pixel with its red: squares of 4 x 4 pixels together, as the detector gives them. */
const redNet: Net<ByteTensor> = {
  async run({ data, dims }) {
    const [, height = 0, width = 0] = dims
    const text = new Uint8Array(height * width)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        text[16 * ((y >> 2) * (width / 4) + (x >> 2)) + 4 * (y % 4) + (x % 4)] =
          data[3 * (y * width + x)]!
    return { text: { data: text, dims: [1, height / 4, width / 4, 16] } }
  },
  release: async () => {},
}

test('answers stand where their pixels are; of windows that overlap the larger counts, elsewhere is nothing', async () => {
  const [width, height] = [203, 117]
  const data = new Uint8Array(3 * width * height)
  for (let i = 0; i < width * height; i++) data[3 * i] = 1 + ((i * 7) % 251)
  const windows = [
    { left: 0, top: 0, right: 64, bottom: 64 },
    { left: 32, top: 32, right: 203, bottom: 96 },
  ]
  const map = await mapText(redNet, { data, width, height }, windows)

  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const isSeen = windows.some(
        ({ left, top, right, bottom }) => x >= left && x < right && y >= top && y < bottom,
      )
      expect(map.values[y * width + x]).toBe(isSeen ? data[3 * (y * width + x)] : 0)
    }
})
