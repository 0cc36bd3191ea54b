/** A file as the records of a ZIP describe it (PKWARE's APPNOTE.TXT 6.3.10; section numbers below). */
export type Described = {
  /** UTF-8, with `/` between folders. */
  name: Buffer
  bytes: number
  /** Wall time of the file, `YYYY-MM-DDTHH:mm:ss`; ZIPs know no zones. */
  wallTime: string
}
/** A file that was written: what the directory at the end tells of it. */
export type Written = Described & { crc: number; offset: number }

const MAX_16 = 0xff_ff
const MAX_32 = 0xff_ff_ff_ff
const NEEDS_ZIP64 = 45
const NEEDS_NOTHING = 20
/** Bit 3: sizes and CRC follow the data; bit 11: names are UTF-8. */
const FLAGS = 0x08_08
/** Made on Unix, by version 4.5. */
const MADE_BY = 0x03_2d
/** A plain file that everybody may read. */
const ATTRIBUTES = (0o100644 << 16) >>> 0

/** Too large for the fields of 1989. */
const isBig = ({ bytes }: Pick<Described, 'bytes'>) => bytes >= MAX_32

/** 4.3.7. The sizes come after the data; that they have eight bytes there is told by the ZIP64 field being here. */
export function localHeader(file: Described): Buffer {
  const big = isBig(file)
  const header = Buffer.alloc(30 + file.name.length + (big ? 20 : 0))
  header.writeUInt32LE(0x04_03_4b_50, 0)
  header.writeUInt16LE(big ? NEEDS_ZIP64 : NEEDS_NOTHING, 4)
  header.writeUInt16LE(FLAGS, 6)
  header.writeUInt16LE(0, 8) // stored: photos do not get smaller
  writeTime(header, 10, file.wallTime)
  if (big) header.fill(0xff, 18, 26)
  header.writeUInt16LE(file.name.length, 26)
  header.writeUInt16LE(big ? 20 : 0, 28)
  file.name.copy(header, 30)
  if (big) {
    header.writeUInt16LE(1, 30 + file.name.length)
    header.writeUInt16LE(16, 32 + file.name.length)
  }
  return header
}

/** 4.3.9: what was not known when the header was written. */
export function dataDescriptor({ bytes, crc }: Pick<Written, 'bytes' | 'crc'>): Buffer {
  const big = isBig({ bytes })
  const descriptor = Buffer.alloc(big ? 24 : 16)
  descriptor.writeUInt32LE(0x08_07_4b_50, 0)
  descriptor.writeUInt32LE(crc, 4)
  if (big) {
    descriptor.writeBigUInt64LE(BigInt(bytes), 8)
    descriptor.writeBigUInt64LE(BigInt(bytes), 16)
  } else {
    descriptor.writeUInt32LE(bytes, 8)
    descriptor.writeUInt32LE(bytes, 12)
  }
  return descriptor
}

/** 4.3.12, with the ZIP64 field (4.5.3) for what does not fit. */
export function directoryHeader(file: Written): Buffer {
  const big = isBig(file)
  const far = file.offset >= MAX_32
  const more = [...(big ? [file.bytes, file.bytes] : []), ...(far ? [file.offset] : [])]
  const extra = more.length > 0 ? 4 + 8 * more.length : 0
  const header = Buffer.alloc(46 + file.name.length + extra)
  header.writeUInt32LE(0x02_01_4b_50, 0)
  header.writeUInt16LE(MADE_BY, 4)
  header.writeUInt16LE(extra > 0 ? NEEDS_ZIP64 : NEEDS_NOTHING, 6)
  header.writeUInt16LE(FLAGS, 8)
  writeTime(header, 12, file.wallTime)
  header.writeUInt32LE(file.crc, 16)
  header.writeUInt32LE(big ? MAX_32 : file.bytes, 20)
  header.writeUInt32LE(big ? MAX_32 : file.bytes, 24)
  header.writeUInt16LE(file.name.length, 28)
  header.writeUInt16LE(extra, 30)
  header.writeUInt32LE(ATTRIBUTES, 38)
  header.writeUInt32LE(far ? MAX_32 : file.offset, 42)
  file.name.copy(header, 46)
  if (extra > 0) {
    const at = 46 + file.name.length
    header.writeUInt16LE(1, at)
    header.writeUInt16LE(extra - 4, at + 2)
    for (const [i, value] of more.entries()) header.writeBigUInt64LE(BigInt(value), at + 4 + 8 * i)
  }
  return header
}

/** 4.3.14 to 4.3.16: where the directory is. */
export function endOfZip({
  files,
  offset,
  bytes,
}: {
  /** How many. */
  files: number
  /** Of the directory, from the beginning. */
  offset: number
  /** Of the directory. */
  bytes: number
}): Buffer {
  const isZip64 = files >= MAX_16 || offset >= MAX_32 || bytes >= MAX_32
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06_05_4b_50, 0)
  end.writeUInt16LE(Math.min(files, MAX_16), 8)
  end.writeUInt16LE(Math.min(files, MAX_16), 10)
  end.writeUInt32LE(Math.min(bytes, MAX_32), 12)
  end.writeUInt32LE(Math.min(offset, MAX_32), 16)
  if (!isZip64) return end
  const more = Buffer.alloc(56 + 20)
  more.writeUInt32LE(0x06_06_4b_50, 0)
  more.writeBigUInt64LE(44n, 4)
  more.writeUInt16LE(MADE_BY, 12)
  more.writeUInt16LE(NEEDS_ZIP64, 14)
  more.writeBigUInt64LE(BigInt(files), 24)
  more.writeBigUInt64LE(BigInt(files), 32)
  more.writeBigUInt64LE(BigInt(bytes), 40)
  more.writeBigUInt64LE(BigInt(offset), 48)
  more.writeUInt32LE(0x07_06_4b_50, 56)
  more.writeBigUInt64LE(BigInt(offset + bytes), 64)
  more.writeUInt32LE(1, 72)
  return Buffer.concat([more, end])
}

/** 4.4.6: two seconds are the least step; years from 1980 to 2107. */
function writeTime(header: Buffer, at: number, wallTime: string): void {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = wallTime
    .split(/[-T:]/)
    .map(Number)
  const isKnown = year >= 1980 && year <= 2107
  header.writeUInt16LE(isKnown ? (hour << 11) | (minute << 5) | (second >> 1) : 0, at)
  header.writeUInt16LE(isKnown ? ((year - 1980) << 9) | (month << 5) | day : 0x21, at + 2)
}
