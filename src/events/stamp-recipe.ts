import { createHash } from 'node:crypto'

type Art = { orientation: string; art: Uint8Array }

/**
 * Names what is stamped on an event's previews: its art, or its name where it has none. Part of every preview's URL, so
 * that no cache can answer for another mark. Sixteen hexadecimal characters.
 */
export function stampRecipeOf({ name, art }: { name: string; art: readonly Art[] }): string {
  const hash = createHash('sha256')
  if (art.length === 0) hash.update(`text\0${name}`)
  for (const { orientation, art: bytes } of [...art].sort((a, b) =>
    a.orientation < b.orientation ? -1 : 1,
  ))
    hash.update(`${orientation}\0${bytes.length}\0`).update(bytes)
  return hash.digest('hex').slice(0, 16)
}
