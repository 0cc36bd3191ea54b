import exifr from 'exifr'
import { type CaptureTime, findCaptureTime } from './capture-time.ts'
import type { PictureSource } from './probe-picture.ts'
import { readXmp, type Xmp } from './read-xmp.ts'
import { sharp } from './sharp.ts'

export type CaptureData = CaptureTime & {
  /** Make, model and body serial number: tells the cameras of an event apart. */
  readonly camera: string | null
  /** IPTC Keywords and XMP dc:subject, as written, each once. */
  readonly keywords: string[]
}

/**
 * What the camera and the photographer wrote into a photo. Given a path, pieces of 64 KiB are read from the file's
 * beginning, not the whole file (3-6 ms).
 *
 * The first usable time wins: DateTimeOriginal, DateTimeDigitized, DateTime (which editors overwrite), then XMP and
 * PNG. Broken metadata is no error: the fields are `null` and `note` says why. Only a file that cannot be read is one.
 */
export async function readCaptureData(source: PictureSource): Promise<CaptureData> {
  const { exif, xmp, iptcKeywords, pngTime } = await readBlocks(source)
  const capture = findCaptureTime([
    [exif.DateTimeOriginal, exif.OffsetTimeOriginal ?? exif.OffsetTime, exif.SubSecTimeOriginal],
    [exif.CreateDate, exif.OffsetTimeDigitized ?? exif.OffsetTime, exif.SubSecTimeDigitized],
    [exif.ModifyDate, exif.OffsetTime, exif.SubSecTime],
    ...xmp.times.map((time) => [time] as const),
    [pngTime],
  ])
  return {
    ...capture,
    camera: nameCamera([exif.Make, exif.Model, exif.SerialNumber ?? xmp.serialNumber]),
    keywords: [...new Set([...iptcKeywords, ...xmp.subjects].map(trim))].filter((word) => word),
  }
}

type Blocks = { exif: Tags; xmp: Xmp; iptcKeywords: string[]; pngTime: string | undefined }
type Tags = Partial<Record<(typeof TAGS)[number], string>>

const TAGS = [
  ...(['Make', 'Model', 'SerialNumber'] as const),
  ...(['DateTimeOriginal', 'OffsetTimeOriginal', 'SubSecTimeOriginal'] as const),
  ...(['CreateDate', 'OffsetTimeDigitized', 'SubSecTimeDigitized'] as const), // DateTimeDigitized
  ...(['ModifyDate', 'OffsetTime', 'SubSecTime'] as const), // DateTime
] as const

const EXIFR_OPTIONS = {
  reviveValues: false, // with it exifr makes Dates and ignores the offset: 09:12 +02:00 becomes 09:12 UTC
  translateValues: false,
  mergeOutput: false,
  ifd0: { pick: [...TAGS] },
  exif: { pick: [...TAGS] },
  iptc: { pick: ['Keywords'] },
  xmp: { parse: false }, // parsing casts: the keyword 0042 becomes the number 42
  gps: false,
  interop: false,
  icc: false,
  jfif: false,
  ihdr: true, // says that it is a PNG
}

/** exifr reads JPEG, TIFF and HEIC. It lacks WebP, AVIF and the XMP of PNG: from those sharp cuts the blocks. */
async function readBlocks(source: PictureSource): Promise<Blocks> {
  let found = await parseQuietly(source)
  let pngTime: string | undefined
  if (found.ihdr || !(found.exif || found.xmp)) {
    const header = await readHeader(source)
    if (header?.exif) found = { ...found, ...(await parseQuietly(withoutPrefix(header.exif))) }
    if (header?.xmp) found.xmp = header.xmp.toString('utf8')
    pngTime = header?.comments?.find(({ keyword }) => keyword === 'Creation Time')?.text
  }
  return {
    exif: pickStrings({ ...asRecord(found.ifd0), ...asRecord(found.exif) }),
    xmp: readXmp(typeof found.xmp === 'string' ? found.xmp : ''),
    iptcKeywords: [asRecord(found.iptc).Keywords ?? []].flat().map(String),
    pngTime,
  }
}

async function parseQuietly(source: PictureSource): Promise<Record<string, unknown>> {
  try {
    return asRecord(await exifr.parse(source, EXIFR_OPTIONS))
  } catch (error) {
    if (isSystemError(error)) throw error
    return {} // 'Unknown file format', or metadata that points out of the file
  }
}

async function readHeader(source: PictureSource) {
  try {
    return await sharp(source, { limitInputPixels: false }).metadata()
  } catch {
    return undefined
  }
}

const isSystemError = (error: unknown) => error instanceof Error && 'syscall' in error

/** libvips hands EXIF out as JPEG holds it, behind 'Exif\0\0'; exifr wants the TIFF inside. */
const withoutPrefix = (exif: Buffer) =>
  exif.toString('latin1', 0, 4) === 'Exif' ? exif.subarray(6) : exif

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

function pickStrings(tags: Record<string, unknown>): Tags {
  const strings = TAGS.flatMap((tag) => {
    const value = tags[tag]
    const isText = typeof value === 'string' || typeof value === 'number'
    return isText ? [[tag, trim(String(value))] as const] : []
  })
  return Object.fromEntries(strings)
}

/** Canon EOS R5 says its make twice: 'Canon' and 'Canon EOS R5'. */
function nameCamera([make = '', model = '', serial = '']: (string | undefined)[]): string | null {
  const isRepeated = model.toLowerCase().startsWith(make.toLowerCase())
  const name = [isRepeated ? '' : make, model, serial].filter((part) => part).join(' ')
  return name || null
}

/** Cameras pad their fields with blanks and NULs. */
const trim = (text: string) => text.replaceAll('\0', ' ').trim()
