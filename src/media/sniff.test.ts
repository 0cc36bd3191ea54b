import { expect, test } from 'vitest'
import { sharp } from './sharp.ts'
import { describeUnsupported, SNIFF_BYTES, sniffPicture } from './sniff.ts'

const plain = () => sharp({ create: { width: 90, height: 60, channels: 3, background: '#396' } })
const bytes = (text: string) => Buffer.from(text, 'latin1')

test.each([
  ['jpeg', 'image/jpeg', 'jpg', () => plain().jpeg()],
  ['png', 'image/png', 'png', () => plain().png()],
  ['webp', 'image/webp', 'webp', () => plain().webp()],
  ['avif', 'image/avif', 'avif', () => plain().avif({ effort: 0 })],
  ['tiff', 'image/tiff', 'tif', () => plain().tiff()],
] as const)('a %s is recognised by its bytes', async (format, contentType, extension, make) => {
  const head = (await make().toBuffer()).subarray(0, SNIFF_BYTES)
  expect(await sniffPicture(head)).toEqual({ format, contentType, extension })
})

test('a TIFF whose directory lies behind the head is recognised', async () => {
  const tiff = await plain().resize(900, 600).tiff({ compression: 'none' }).toBuffer()
  expect(await sniffPicture(tiff.subarray(0, SNIFF_BYTES))).toMatchObject({ format: 'tiff' })
})

test('a HEIC is recognised, although it may not be decodable', async () => {
  expect(await sniffPicture(bytes('\0\0\0\x18ftypheic\0\0\0\0mif1heic'))).toMatchObject({
    format: 'heic',
    contentType: 'image/heic',
  })
})

test('camera RAW is not taken for the TIFF it resembles, and people are told to upload the JPEG', async () => {
  const cr2 = bytes(`II*\0\x10\0\0\0CR\x02\0${'\0'.repeat(100)}`)
  const raf = bytes(`FUJIFILMCCD-RAW 0201${'\0'.repeat(100)}`)
  for (const raw of [cr2, raf]) {
    expect(await sniffPicture(raw)).toBeUndefined()
    expect(await describeUnsupported(raw)).toMatchObject({
      code: 'photo_unsupported',
      message: expect.stringMatching(/RAW.*JPEG/),
    })
  }
})

test('text, GIF and PDF are named for what they are', async () => {
  const gif = await plain().gif().toBuffer()
  expect(await sniffPicture(gif)).toBeUndefined()
  expect((await describeUnsupported(gif)).message).toContain('GIF')
  expect((await describeUnsupported(bytes('%PDF-1.7'))).message).toContain('application/pdf')
  expect((await describeUnsupported(bytes('hello'))).message).toContain('not a photo')
  expect(await sniffPicture(bytes(''))).toBeUndefined()
  expect((await describeUnsupported(bytes(''))).message).toContain('empty')
})
