import { expect, test } from 'vitest'
import { decodePicture } from '../media/decode-picture.ts'
import type { Picture } from '../media/picture.ts'
import { sharp } from '../media/sharp.ts'
import { drawPreviews } from './draw-preview.ts'
import { textMark } from './text-mark.ts'
import type { WatermarkArt } from './watermark-art.ts'

const NO_MARK: WatermarkArt = {
  id: 'none',
  draw: async ({ width, height }) => new Uint8Array(width * height * 4),
}

function solid(width: number, height: number, [r, g, b]: readonly number[]): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3))
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r!
    data[i + 1] = g!
    data[i + 2] = b!
  }
  return { data, width, height }
}

const GREY = [128, 128, 128]

test.each([
  ['a photo across', [3000, 2000], [2048, 1365], [480, 320]],
  ['an upright photo', [2000, 3000], [1365, 2048], [320, 480]],
  ['a photo of 600 pixels', [600, 400], [600, 400], [360, 240]],
  ['a tiny original', [400, 300], [400, 300], [240, 180]],
  ['a single pixel row', [900, 1], [900, 1], [480, 1]],
] as const)('%s keeps its proportions and is never enlarged', async (_name, size, large, small) => {
  const previews = await drawPreviews(solid(size[0], size[1], GREY), textMark('Run'))
  expect(await sizeOf(previews.large)).toEqual(large)
  expect(await sizeOf(previews.small)).toEqual(small)
})

test('previews carry no metadata at all', async () => {
  const place = { IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 30/1 0/1' } }
  const original = await sharp({
    create: { width: 700, height: 500, channels: 3, background: '#963' },
  })
    .withExif({ IFD0: { Copyright: 'Jane' }, ...place })
    .withIccProfile('p3')
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    .jpeg()
    .toBuffer()
  expect((await sharp(original).metadata()).exif).toBeDefined()
  const previews = await drawPreviews(await decodePicture(original), textMark('Run'))
  for (const jpeg of [previews.large, previews.small]) {
    const { format, space, exif, xmp, icc, iptc, comments } = await sharp(jpeg).metadata()
    expect({ format, space }).toEqual({ format: 'jpeg', space: 'srgb' })
    expect([exif, xmp, icc, iptc, comments]).toEqual(Array(5).fill(undefined))
    expect(jpegSegments(jpeg)).toEqual([])
  }
})

test.each([
  ['black', [0, 0, 0]],
  ['grey', GREY],
  ['white', [255, 255, 255]],
] as const)('the text can be read on %s, all over both previews', async (_name, colour) => {
  const photo = solid(900, 600, colour)
  const plain = await drawPreviews(photo, NO_MARK)
  const marked = await drawPreviews(photo, textMark('Sunrise 10K'))
  for (const size of ['large', 'small'] as const) {
    const changes = await compareQuarters(plain[size], marked[size])
    expect(Math.min(...changes)).toBeGreaterThan(0.03)
    expect(Math.max(...changes)).toBeLessThan(0.5)
  }
})

test('without a mark the photo comes through as it is', async () => {
  const { large } = await drawPreviews(solid(300, 200, [200, 40, 90]), NO_MARK)
  const { data } = await decodePicture(large)
  expect(Math.abs(data[0]! - 200) + Math.abs(data[1]! - 40) + Math.abs(data[2]! - 90)).toBeLessThan(
    6,
  )
})

test('an aborted signal stops the drawing', async () => {
  const signal = AbortSignal.abort(new Error('shutting down'))
  const drawing = drawPreviews(solid(300, 200, GREY), NO_MARK, signal)
  await expect(drawing).rejects.toThrow('shutting down')
})

test('a mark that failed once is drawn again', async () => {
  let tries = 0
  const moody: WatermarkArt = {
    id: 'moody',
    draw: async (size) => {
      if (tries++ === 0) throw new Error('out of memory')
      return NO_MARK.draw(size)
    },
  }
  const photo = solid(300, 200, GREY)
  await expect(drawPreviews(photo, moody)).rejects.toThrow('out of memory')
  expect(await sizeOf((await drawPreviews(photo, moody)).large)).toEqual([300, 200])
})

async function sizeOf(jpeg: Buffer) {
  const { width, height } = await sharp(jpeg).metadata()
  return [width, height]
}

/** The share of pixels that differ visibly, for each quarter. */
async function compareQuarters(before: Buffer, after: Buffer): Promise<number[]> {
  const [a, b] = [await decodePicture(before), await decodePicture(after)]
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < a.data.length; i += 3) {
    const [x, y] = [(i / 3) % a.width, Math.floor(i / 3 / a.width)]
    const quarter = (x < a.width / 2 ? 0 : 1) + (y < a.height / 2 ? 0 : 2)
    if (Math.abs(a.data[i]! - b.data[i]!) > 25) counts[quarter]! += 1
  }
  return counts.map((count) => (count * 4) / (a.width * a.height))
}

/** The identifiers of the application and comment segments before the pixels. */
function jpegSegments(jpeg: Buffer): string[] {
  const found: string[] = []
  for (let at = 2; jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1]!
    const isText = (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe
    if (isText) found.push(jpeg.toString('latin1', at + 4, at + 8))
  }
  return found
}
