import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

type Size = { width: number; height: number }
const SMALL: Size = { width: 640, height: 480 }

/** A photo of nothing in particular: soft spots, different for each seed. */
export async function drawPhoto(seed: number, size: Size = SMALL): Promise<Buffer> {
  return draw(seed, size).jpeg({ quality: 85 }).toBuffer()
}

/** A picture to be encoded as the caller likes. */
export function draw(seed: number, { width, height }: Size = SMALL) {
  const spots = Array.from({ length: 12 }, (_, i) => {
    const at = (factor: number, range: number) => (seed * 7919 + i * factor) % range
    const colour = `rgb(${at(97, 256)},${at(53, 256)},${at(151, 256)})`
    return `<circle cx="${at(331, width)}" cy="${at(271, height)}" r="${40 + at(17, 120)}" fill="${colour}"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#9ab"/>${spots.join('')}</svg>`
  return sharp(Buffer.from(svg)).flatten()
}

/** One colour, to be encoded as the caller likes. */
export const drawFlat = (background: string, { width, height }: Size) =>
  sharp({ create: { width, height, channels: 3, background } })

/** Incompressible: about half a byte a pixel. */
export async function drawNoise(size: Size): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const image = sharp({ create: { ...size, channels: 3, background: '#000', noise } })
  return image.jpeg({ quality: 95 }).toBuffer()
}

/** A photo whose camera wrote these times: EXIF `YYYY:MM:DD HH:MM:SS`. */
export async function drawPhotoAt(seed: number, time: string, offset?: string): Promise<Buffer> {
  return draw(seed)
    .withExif({
      IFD0: { Make: 'Canon', Model: 'Canon EOS R6' },
      IFD2: { DateTimeOriginal: time, ...(offset && { OffsetTimeOriginal: offset }) },
    })
    .jpeg()
    .toBuffer()
}

/** Three frames, as GIF or WebP. */
export async function drawAnimation(format: 'gif' | 'webp'): Promise<Buffer> {
  const size = { width: 200, height: 150 }
  const frames = await Promise.all([1, 2, 3].map((seed) => draw(seed, size).png().toBuffer()))
  return sharp(frames, { join: { animated: true } })
    [format]({ loop: 0 })
    .toBuffer()
}

/** A PNG of one bit a pixel, all black: 30,000 × 30,000 are 110 kB of file and 900 megapixels. */
export function makeHugePng(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1 // bit depth; greyscale, deflate, no filter, no interlace
  const pixels = Buffer.alloc(side * (1 + Math.ceil(side / 8)))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunkOf('IHDR', header),
    chunkOf('IDAT', deflateSync(pixels, { level: 1 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ])
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
