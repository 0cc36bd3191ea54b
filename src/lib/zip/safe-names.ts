/** Names that Windows keeps for devices, whatever stands behind the dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Leaves room for a number and a path before it. */
const MAX_LENGTH = 120

/**
 * Names for the files of a ZIP, in the same order: each a plain name without a folder that every system can write, and no two
 * alike, also where capitals make no difference.
 */
export function safeNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return names.map((name) => {
    const safe = safeName(name)
    const key = safe.toLowerCase()
    let unique = safe
    for (let n = counts.get(key) ?? 1; taken.has(unique.toLowerCase()); ) {
      n += 1
      counts.set(key, n)
      unique = numbered(safe, n)
    }
    taken.add(unique.toLowerCase())
    return unique
  })
}

function safeName(name: string): string {
  const last = name.normalize('NFC').toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const clean = last.replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '_').replace(/^[.\s]+|[.\s]+$/g, '')
  if (clean === '') return 'photo'
  const [stem, extension] = split(clean)
  const short = [...stem].slice(0, MAX_LENGTH).join('') + extension
  return DEVICE.test(short) ? `_${short}` : short
}

function numbered(name: string, n: number): string {
  const [stem, extension] = split(name)
  return `${stem} (${n})${extension}`
}

/** Stem and extension; what is no extension belongs to the stem. */
function split(name: string): [stem: string, extension: string] {
  const extension = /(?<=.)\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? ''
  return [name.slice(0, name.length - extension.length), extension]
}
