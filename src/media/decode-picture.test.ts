import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { decodePicture } from './decode-picture.ts'
import type { Picture } from './picture.ts'
import { probePicture } from './probe-picture.ts'
import { sharp } from './sharp.ts'

const RED = [200, 30, 40] as const
const BLUE = [20, 60, 180] as const
const WHITE = [255, 255, 255] as const

/** 120 × 80, left half red, right half blue: says which way is up after any conversion. */
const sample = () =>
  sharp({ create: { width: 120, height: 80, channels: 3, background: rgb(RED) } }).composite([
    {
      input: { create: { width: 60, height: 80, channels: 3, background: rgb(BLUE) } },
      left: 60,
      top: 0,
    },
  ])
const rgb = ([r, g, b]: readonly [number, number, number]) => ({ r, g, b })

test.each([
  ['a JPEG', () => sample().jpeg({ quality: 95 })],
  ['a progressive JPEG', () => sample().jpeg({ quality: 95, progressive: true })],
  ['a JPEG with a Display P3 profile', () => sample().withIccProfile('p3').jpeg({ quality: 95 })],
  ['a PNG', () => sample().png()],
  ['a PNG with a palette', () => sample().png({ palette: true })],
  ['a PNG of 16 bits a channel', () => sample().toColourspace('rgb16').png()],
  ['a WebP', () => sample().webp({ quality: 95 })],
  ['a TIFF', () => sample().tiff({ compression: 'lzw' })],
  ['an AVIF', () => sample().avif({ quality: 80, effort: 0 })],
])('%s decodes to the same upright sRGB pixels', async (_name, make) => {
  const picture = await decodePicture(await make().toBuffer())
  expect(picture).toMatchObject({ width: 120, height: 80 })
  expect(picture.data).toHaveLength(120 * 80 * 3)
  expect(picture.data.buffer).toBeInstanceOf(SharedArrayBuffer)
  expectColour(picture, [20, 40], RED)
  expectColour(picture, [100, 40], BLUE)
})

test('a CMYK JPEG keeps its colours roughly: inks reach fewer', async () => {
  const cmyk = await sample().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()
  expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
  const picture = await decodePicture(cmyk)
  expectColour(picture, [20, 40], RED, 45)
  expectColour(picture, [100, 40], BLUE, 45)
})

test('a greyscale picture gets three equal channels', async () => {
  const grey = await sample().greyscale().toColourspace('b-w').jpeg().toBuffer()
  const { data } = await decodePicture(grey)
  expect(data).toHaveLength(120 * 80 * 3)
  expect(data[1]).toBe(data[0])
  expect(data[2]).toBe(data[0])
})

test('transparent parts become white', async () => {
  const hole = { create: { width: 40, height: 40, channels: 4 as const, background: '#fff' } }
  const input = await sharp(hole).png().toBuffer()
  const holed = await sharp(await sample().ensureAlpha().png().toBuffer())
    .composite([{ input, blend: 'dest-out', left: 0, top: 0 }])
    .png()
    .toBuffer()
  const picture = await decodePicture(holed)
  expectColour(picture, [20, 20], WHITE)
  expectColour(picture, [20, 60], RED)
})

test('a picture taken upright with a turned camera is turned back', async () => {
  const turned = await sample().withMetadata({ orientation: 6 }).jpeg().toBuffer()
  expect(await probePicture(turned)).toMatchObject({
    width: 80,
    height: 120,
    format: 'jpeg',
    pages: 1,
  })
  const picture = await decodePicture(turned)
  expect(picture).toMatchObject({ width: 80, height: 120 })
  expectColour(picture, [40, 20], RED)
  expectColour(picture, [40, 100], BLUE)
})

test('of an animated WebP the first frame counts', async () => {
  const frames = await Promise.all(
    [RED, BLUE].map((colour) =>
      sharp({ create: { width: 50, height: 40, channels: 3, background: rgb(colour) } })
        .png()
        .toBuffer(),
    ),
  )
  const animated = await sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer()
  expect(await probePicture(animated)).toMatchObject({ width: 50, height: 40, pages: 2 })
  const picture = await decodePicture(animated)
  expect(picture).toMatchObject({ width: 50, height: 40 })
  expectColour(picture, [25, 20], RED)
})

test('a path is decoded like its bytes', async () => {
  const path = await writeTemporary('photo.jpg', await sample().jpeg().toBuffer())
  expect(await decodePicture(path)).toMatchObject({ width: 120, height: 80 })
  expect(await probePicture(path)).toMatchObject({
    width: 120,
    height: 80,
    format: 'jpeg',
    pages: 1,
  })
})

test('a truncated JPEG is refused and people are told to copy it again', async () => {
  const jpeg = await noise().jpeg().toBuffer()
  const half = jpeg.subarray(0, jpeg.length / 2)
  const expected = {
    code: 'photo_not_decodable',
    message: expect.stringMatching(/ends early.*Copy/),
  }
  await expect(decodePicture(half)).rejects.toMatchObject(expected)
  await expect(decodePicture(await writeTemporary('half.jpg', half))).rejects.toMatchObject(
    expected,
  )
})

test.each(['png', 'webp', 'tiff', 'avif'] as const)('a truncated %s is refused', async (format) => {
  const whole = await noise().toFormat(format, { effort: 1 }).toBuffer()
  await expect(decodePicture(whole.subarray(0, whole.length * 0.7))).rejects.toMatchObject({
    code: 'photo_not_decodable',
  })
})

test('junk behind the end of a JPEG and flaws inside it pass, as cameras write those', async () => {
  const jpeg = await noise().jpeg().toBuffer()
  const junk = Buffer.concat([jpeg, Buffer.alloc(5000, 0x55)])
  expect(await decodePicture(junk)).toMatchObject({ width: 400 })
  const middle = Math.floor(jpeg.length / 2)
  const flawed = Buffer.from(jpeg).fill(0x55, middle, middle + 20)
  expect(await decodePicture(flawed)).toMatchObject({ width: 400 })
})

test('a file that is no photo is refused, whatever its name', async () => {
  const text = await writeTemporary('photo.jpg', Buffer.from('Dear diary'))
  await expect(decodePicture(text)).rejects.toMatchObject({ code: 'photo_unsupported' })
  await expect(decodePicture(Buffer.from('<svg xmlns="x"/>'))).rejects.toMatchObject({
    code: 'photo_unsupported',
  })
  await expect(decodePicture(await sample().gif().toBuffer())).rejects.toMatchObject({
    code: 'photo_unsupported',
    message: expect.stringContaining('GIF'),
  })
})

test('an empty file is called empty', async () => {
  const empty = { code: 'photo_not_decodable', message: expect.stringContaining('empty') }
  await expect(decodePicture(new Uint8Array())).rejects.toMatchObject(empty)
  await expect(decodePicture(await writeTemporary('a.jpg', Buffer.of()))).rejects.toMatchObject(
    empty,
  )
})

test('a missing file is a failure of the machine, not of the photo', async () => {
  await expect(decodePicture('/nowhere/photo.jpg')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a HEIC that cannot be decoded is explained to owners of iPhones', async () => {
  const heic = Buffer.from(`\0\0\0\x18ftypheic\0\0\0\0mif1heic${'\0'.repeat(64)}`, 'latin1')
  await expect(decodePicture(heic)).rejects.toMatchObject({
    code: 'photo_unsupported',
    message: expect.stringMatching(/HEIC.*JPEG/),
  })
})

test('900 megapixels are refused from the header, before a pixel is decoded', async () => {
  await expect(decodePicture(pngHeader(30_000, 30_000))).rejects.toMatchObject({
    code: 'photo_too_large',
    message: expect.stringContaining('900 megapixels; the limit is 150'),
  })
})

test('the limit can be lowered', async () => {
  const jpeg = await sample().jpeg().toBuffer()
  await expect(decodePicture(jpeg, { maxPixels: 9_599 })).rejects.toMatchObject({
    code: 'photo_too_large',
  })
  expect(await decodePicture(jpeg, { maxPixels: 9_600 })).toMatchObject({ width: 120 })
})

test('an aborted signal ends the work with its reason', async () => {
  const signal = AbortSignal.abort(new Error('shutting down'))
  await expect(decodePicture(await sample().jpeg().toBuffer(), { signal })).rejects.toThrow(
    'shutting down',
  )
})

function noise() {
  const gaussian = { type: 'gaussian' as const, mean: 128, sigma: 40 }
  return sharp({
    create: { width: 400, height: 300, channels: 3, background: '#000', noise: gaussian },
  })
}

/** A valid PNG of one-bit pixels up to the point where its pixels would begin. */
function pngHeader(width: number, height: number): Buffer {
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  const header = Buffer.concat([size, Buffer.of(1, 0, 0, 0, 0)])
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', Buffer.alloc(100))])
}

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(name), data])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

async function writeTemporary(name: string, data: Uint8Array): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trackside-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, name)
  await writeFile(path, data)
  return path
}

function expectColour(
  { data, width }: Picture,
  [x, y]: readonly [number, number],
  expected: readonly number[],
  tolerance = 8,
) {
  const start = (y * width + x) * 3
  const found = [...data.subarray(start, start + 3)]
  const error = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))
  expect(error, `${found} instead of ${expected}`).toBeLessThanOrEqual(tolerance)
}
