import { fileTypeFromBuffer } from 'file-type'
import type { AppError } from '../lib/errors.ts'
import { photoNotDecodable, photoUnsupported } from './errors.ts'

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif' | 'heic'

export type SniffedPicture = {
  readonly format: PictureFormat
  readonly contentType: string
  /** For file names, without the dot. */
  readonly extension: string
}

/** How many bytes of a file's beginning the sniffer wants: file-type's own default for streams. */
export const SNIFF_BYTES = 4100

/**
 * What a file is, from its first {@link SNIFF_BYTES} bytes; names and declared types are never believed.
 *
 * `undefined`: not a picture that is taken here; {@link describeUnsupported} tells people why. Camera RAW files, most
 * of which begin like a TIFF, are told apart and are `undefined` too.
 */
export async function sniffPicture(head: Uint8Array): Promise<SniffedPicture | undefined> {
  const contentType = await findContentType(head)
  return contentType === undefined ? undefined : FORMATS[contentType]
}

/** The error for a file that {@link sniffPicture} does not take: what it is instead, and what to upload. */
export async function describeUnsupported(head: Uint8Array): Promise<AppError> {
  if (head.length === 0) return photoNotDecodable('The file is empty. Copy it again from the card.')
  const contentType = await findContentType(head)
  if (contentType === undefined) {
    return photoUnsupported(`The file is not a photo, whatever its name says. ${WANTED}`)
  }
  if (CAMERA_RAW.has(contentType)) {
    return photoUnsupported('This is a camera RAW file, which is not supported. Upload the JPEG.')
  }
  if (contentType === 'image/gif') {
    return photoUnsupported(`GIF is not supported: it holds only 256 colours. ${WANTED}`)
  }
  return photoUnsupported(`The file is ${contentType}, not a supported photo. ${WANTED}`)
}

const WANTED = 'Upload a JPEG, PNG, WebP, TIFF or AVIF.'

const PNG = { format: 'png', contentType: 'image/png', extension: 'png' } as const

/** By the content types of file-type. */
const FORMATS: Record<string, SniffedPicture> = {
  'image/jpeg': { format: 'jpeg', contentType: 'image/jpeg', extension: 'jpg' },
  'image/png': PNG,
  'image/apng': PNG,
  'image/webp': { format: 'webp', contentType: 'image/webp', extension: 'webp' },
  'image/tiff': { format: 'tiff', contentType: 'image/tiff', extension: 'tif' },
  'image/avif': { format: 'avif', contentType: 'image/avif', extension: 'avif' },
  'image/heic': { format: 'heic', contentType: 'image/heic', extension: 'heic' },
  'image/heif': { format: 'heic', contentType: 'image/heif', extension: 'heic' },
  'image/heic-sequence': { format: 'heic', contentType: 'image/heic-sequence', extension: 'heic' },
  'image/heif-sequence': { format: 'heic', contentType: 'image/heif-sequence', extension: 'heic' },
}

/** The names that file-type gives to RAW files. */
const CAMERA_RAW = new Set([
  'image/x-canon-cr2',
  'image/x-canon-cr3',
  'image/x-nikon-nef',
  'image/x-sony-arw',
  'image/x-adobe-dng',
  'image/x-fujifilm-raf',
  'image/x-olympus-orf',
  'image/x-panasonic-rw2',
])

async function findContentType(head: Uint8Array): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(head)
  if (found) return found.mime
  return isTiff(head) ? 'image/tiff' : undefined // its directory may lie behind the head
}

function isTiff(head: Uint8Array): boolean {
  const [first, second, third, fourth] = head
  const isLittleEndian = first === 0x49 && second === 0x49 && third === 42 && fourth === 0
  return isLittleEndian || (first === 0x4d && second === 0x4d && third === 0 && fourth === 42)
}
