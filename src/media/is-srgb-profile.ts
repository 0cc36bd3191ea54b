/** Where sRGB has its red, green and blue, in the space that profiles are connected by (D50). */
const COLORANTS = {
  rXYZ: [0.436, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const
/** Profiles round their numbers; Adobe RGB is off by .1 and more, Display P3 by .08. */
const SAME_PLACE = 0.002
/** In linear light. A plain gamma of 2.2 is off by .007. */
const SAME_LIGHT = 0.001
const PROBES = 32

/** A profile's parts lie where its table says. */
type Tags = ReadonlyMap<string, Buffer>

/**
 * Whether a colour profile says what sRGB says: then its pixels are sRGB as they are. Carrying 12 megapixels through it costs as much as
 * decoding them. By content, not by name: names can lie, and programs name it differently.
 *
 * @param profile an ICC profile; anything else is none (https://www.color.org/specification/ICC.1-2022-05.pdf, 7.2 and 10)
 */
export function isSrgbProfile(profile: Uint8Array): boolean {
  try {
    const bytes = Buffer.from(profile.buffer, profile.byteOffset, profile.byteLength)
    if (bytes.toString('latin1', 16, 24) !== 'RGB XYZ ') return false
    const tags = readTags(bytes)
    if (tags.has('A2B0')) return false // a table outranks matrix and curves
    return (
      Object.entries(COLORANTS).every(([name, wanted]) => isNear(readXyz(tags, name), wanted)) &&
      ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(readCurve(tags, name)))
    )
  } catch (error) {
    if (error instanceof RangeError) return false // cut off
    throw error
  }
}

function readTags(bytes: Buffer): Tags {
  const tags = new Map<string, Buffer>()
  const count = Math.min(bytes.readUInt32BE(128), 100)
  for (let entry = 132; entry < 132 + 12 * count; entry += 12) {
    const start = bytes.readUInt32BE(entry + 4)
    const name = bytes.toString('latin1', entry, entry + 4)
    tags.set(name, bytes.subarray(start, start + bytes.readUInt32BE(entry + 8)))
  }
  return tags
}

const EMPTY = Buffer.alloc(0)

const readXyz = (tags: Tags, name: string) =>
  [8, 12, 16].map((at) => fixed(tags.get(name) ?? EMPTY, at))

const isNear = (found: readonly number[], wanted: readonly number[]) =>
  found.every((value, i) => Math.abs(value - wanted[i]!) < SAME_PLACE)

type Curve = (value: number) => number

function readCurve(tags: Tags, name: string): Curve | undefined {
  const tag = tags.get(name) ?? EMPTY
  const type = tag.toString('latin1', 0, 4)
  if (type === 'curv') return sampledCurve(tag)
  // Kind 3 is the one that sRGB is written in: (a x + b) ^ g from d on, c x below.
  if (type !== 'para' || tag.readUInt16BE(8) !== 3) return undefined
  const [g, a, b, c, d] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return (x) => (x >= d ? (a * x + b) ** g : c * x)
}

function sampledCurve(tag: Buffer): Curve | undefined {
  const last = tag.readUInt32BE(8) - 1
  if (last < 1) return undefined // a plain gamma
  const sample = (i: number) => tag.readUInt16BE(12 + 2 * i) / 65535
  return (x) => {
    const left = Math.min(last - 1, Math.floor(x * last))
    return sample(left) + (sample(left + 1) - sample(left)) * (x * last - left)
  }
}

function isSrgbCurve(curve: Curve | undefined): boolean {
  if (!curve) return false
  const probes = Array.from({ length: PROBES + 1 }, (_, i) => i / PROBES)
  return probes.every((x) => Math.abs(curve(x) - srgb(x)) < SAME_LIGHT)
}

/** Light of a colour value: IEC 61966-2-1. */
const srgb = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)

/** s15Fixed16. */
const fixed = (bytes: Buffer, at: number) => bytes.readInt32BE(at) / 65536
