import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readCaptureData } from './read-exif.ts'
import { sharp } from './sharp.ts'

type Format = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff'
type Metadata = { ifd0?: Record<string, string>; exif?: Record<string, string>; xmp?: string }

function photo({ ifd0, exif, xmp }: Metadata, format: Format = 'jpeg'): Promise<Buffer> {
  let image = sharp({ create: { width: 60, height: 40, channels: 3, background: '#496' } })
  if (ifd0 || exif)
    image = image.withExif({ ...(ifd0 && { IFD0: ifd0 }), ...(exif && { IFD2: exif }) })
  if (xmp) image = image.withXmp(xmp)
  return image.toFormat(format).toBuffer()
}

const packet = (attributes: string, inside = '') =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
  `<rdf:Description rdf:about="" ${attributes}>${inside}</rdf:Description></rdf:RDF></x:xmpmeta>`

const KEYWORDS = packet(
  'xmlns:dc="http://purl.org/dc/elements/1.1/"',
  '<dc:subject><rdf:Bag><rdf:li>0042</rdf:li><rdf:li>Bib &amp; more</rdf:li></rdf:Bag></dc:subject>',
)

test('the wall time stays as the camera wrote it, with sub-seconds and its own offset', async () => {
  const bytes = await photo({
    ifd0: { Make: 'Canon', Model: 'Canon EOS R5' },
    exif: {
      DateTimeOriginal: '2025:05:11 09:12:33',
      SubSecTimeOriginal: '123',
      OffsetTimeOriginal: '+02:00',
      BodySerialNumber: '0420',
    },
  })
  expect(await readCaptureData(bytes)).toEqual({
    wallTime: '2025-05-11T09:12:33.123',
    offsetMinutes: 120,
    camera: 'Canon EOS R5 0420',
    keywords: [],
    note: null,
  })
})

test('a camera without an offset leaves it open', async () => {
  const bytes = await photo({ exif: { DateTimeOriginal: '2025:05:11 09:12:33' } })
  expect(await readCaptureData(bytes)).toMatchObject({
    wallTime: '2025-05-11T09:12:33',
    offsetMinutes: null,
    camera: null,
  })
})

test.each([
  ['-03:30', -210],
  ['+00:00', 0],
  ['+99:00', null],
  ['   :  ', null],
])('the offset %j is read as %j minutes', async (offset, minutes) => {
  const bytes = await photo({
    exif: { DateTimeOriginal: '2025:05:11 09:12:33', OffsetTimeOriginal: offset },
  })
  expect(await readCaptureData(bytes)).toMatchObject({ offsetMinutes: minutes })
})

test.each([
  '0000:00:00 00:00:00',
  '    :  :     :  :  ',
  '2025:13:01 10:00:00',
  '2025:02:30 10:00:00',
  '2025:05:11 25:00:00',
  '1980:01:01 00:00:00',
  'yesterday',
])('the unusable time %j becomes no time and a note', async (time) => {
  const bytes = await photo({ exif: { DateTimeOriginal: time } })
  const { wallTime, note } = await readCaptureData(bytes)
  expect(wallTime).toBeNull()
  expect(note).toMatch(/clock was not set|not a usable date/)
})

test('a time in the future is kept: the camera may be a year off and be corrected', async () => {
  const bytes = await photo({ exif: { DateTimeOriginal: '2199:05:11 09:12:33' } })
  expect(await readCaptureData(bytes)).toMatchObject({ wallTime: '2199-05-11T09:12:33' })
})

test('when the first time is unusable the next is taken, with its own sub-seconds', async () => {
  const bytes = await photo({
    ifd0: { DateTime: '2025:05:12 00:00:00' },
    exif: {
      DateTimeOriginal: '0000:00:00 00:00:00',
      DateTimeDigitized: '2025:05:11 09:12:33',
      SubSecTimeDigitized: '5',
    },
  })
  expect(await readCaptureData(bytes)).toMatchObject({
    wallTime: '2025-05-11T09:12:33.5',
    note: null,
  })
  const edited = await photo({ ifd0: { DateTime: '2025:05:12 00:00:00' } })
  expect(await readCaptureData(edited)).toMatchObject({ wallTime: '2025-05-12T00:00:00' })
})

test.each(['jpeg', 'png', 'webp', 'avif'] as const)(
  'EXIF and XMP are read from a %s',
  async (format) => {
    const exif = { DateTimeOriginal: '2025:05:11 09:12:33' }
    expect(await readCaptureData(await photo({ exif, xmp: KEYWORDS }, format))).toMatchObject({
      wallTime: '2025-05-11T09:12:33',
      keywords: ['0042', 'Bib & more'],
    })
  },
)

test.each(['jpeg', 'png', 'webp', 'tiff'] as const)(
  'without EXIF the time of the XMP counts (%s)',
  async (format) => {
    const xmp = packet(
      'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreateDate="2025-05-11T09:12:33.45+02:00"',
    )
    expect(await readCaptureData(await photo({ xmp }, format))).toMatchObject({
      wallTime: '2025-05-11T09:12:33.45',
      offsetMinutes: 120,
    })
  },
)

test('IPTC keywords are read, as the programs of photographers write them', async () => {
  const bytes = withIptcKeywords(await photo({}), ['1042', 'finish'])
  expect(await readCaptureData(bytes)).toMatchObject({ keywords: ['1042', 'finish'] })
})

test('broken metadata, no metadata and no photo are no errors', async () => {
  const bytes = await photo({ exif: { DateTimeOriginal: '2025:05:11 09:12:33' } })
  const start = bytes.indexOf('Exif') + 14
  const broken = Buffer.from(bytes).fill(0xff, start, start + 60)
  for (const source of [broken, await photo({}), Buffer.from('no photo'), Buffer.of(0)]) {
    expect(await readCaptureData(source)).toMatchObject({
      wallTime: null,
      note: expect.stringContaining('nothing about when'),
    })
  }
})

test('a path is read like its bytes, and a missing file is an error', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trackside-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'photo.jpg')
  await writeFile(path, await photo({ exif: { DateTimeOriginal: '2025:05:11 09:12:33' } }))
  expect(await readCaptureData(path)).toMatchObject({ wallTime: '2025-05-11T09:12:33' })
  await expect(readCaptureData(join(directory, 'gone.jpg'))).rejects.toThrow()
})

/** Puts an APP13 segment behind the start of a JPEG: Photoshop's resource 0x0404 with IPTC records 2:25. */
function withIptcKeywords(jpeg: Buffer, keywords: string[]): Buffer {
  const records = keywords.map((word) =>
    Buffer.from(`\x1c\x02\x19\0${lengthByte(word)}${word}`, 'latin1'),
  )
  const iptc = Buffer.concat(records)
  const head = Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0', 'latin1')
  head.writeUInt32BE(iptc.length, head.length - 4)
  const body = Buffer.concat([head, iptc, Buffer.alloc(iptc.length % 2)])
  const marker = Buffer.of(0xff, 0xed, 0, 0)
  marker.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)])
}

const lengthByte = (text: string) => String.fromCharCode(text.length)
