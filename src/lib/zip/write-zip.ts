import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import {
  type Described,
  dataDescriptor,
  directoryHeader,
  endOfZip,
  localHeader,
  type Written,
} from './zip-records.ts'

export type ZipFile = {
  /** Unique within the ZIP, and safe to be written on any system: see `safeNames`. */
  name: string
  /** Known beforehand: what comes must be as long. */
  bytes: number
  /** `YYYY-MM-DDTHH:mm:ss`. */
  wallTime: string
  open(): Promise<Readable>
}

/**
 * A ZIP as it is sent: files are opened one after the other and passed on as they are, so that no more than a chunk and the
 * directory (some 100 bytes a file) is in memory. Whoever stops reading has the open file closed.
 *
 * @throws Error when a file cannot be opened, or is not as long as was said: the ZIP then ends before its directory
 */
export async function* writeZip(files: readonly ZipFile[]): AsyncGenerator<Buffer, void> {
  const written: Written[] = []
  let offset = 0
  for (const file of files) {
    const described = describe(file)
    const header = localHeader(described)
    yield header
    let crc = 0
    let bytes = 0
    for await (const chunk of (await file.open()) as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc)
      bytes += chunk.length
      if (bytes > file.bytes) break
      yield chunk
    }
    if (bytes !== file.bytes)
      throw new Error(
        `${file.name} has not the ${file.bytes} bytes that the ZIP was announced with`,
      )
    const descriptor = dataDescriptor({ bytes, crc })
    yield descriptor
    written.push({ ...described, crc, offset })
    offset += header.length + bytes + descriptor.length
  }
  const directory = { files: written.length, offset, bytes: 0 }
  for (const file of written) {
    const header = directoryHeader(file)
    yield header
    directory.bytes += header.length
  }
  yield endOfZip(directory)
}

/** How long the ZIP of these files is, in bytes. */
export function zipLength(files: readonly Omit<ZipFile, 'open'>[]): number {
  let offset = 0
  let directory = 0
  for (const file of files) {
    const described = describe(file)
    directory += directoryHeader({ ...described, crc: 0, offset }).length
    offset +=
      localHeader(described).length + file.bytes + dataDescriptor({ ...described, crc: 0 }).length
  }
  return offset + directory + endOfZip({ files: files.length, offset, bytes: directory }).length
}

const describe = ({ name, bytes, wallTime }: Omit<ZipFile, 'open'>): Described => ({
  name: Buffer.from(name),
  bytes,
  wallTime,
})
