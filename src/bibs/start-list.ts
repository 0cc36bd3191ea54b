import { bibKey } from './bib-key.ts'

/** The bibs that an event gave out. */
export type StartList = {
  has(bibKey: string): boolean
  /** Whether any bib has a letter: only then are letters read. */
  readonly hasLetters: boolean
  /** The bib as the list writes it. */
  bibOf(bibKey: string): string | undefined
}

/** Readers see no separators: A-12 is also found as A12, unless that is a bib of its own. */
export function startListOf(bibs: Iterable<string>): StartList {
  const exact = new Map<string, string>()
  const joined = new Map<string, string>()
  let hasLetters = false
  for (const bib of bibs) {
    exact.set(bibKey(bib), bib)
    joined.set(bibKey(bib.replace(/[^\p{L}\p{N}]/gu, '')), bib)
    hasLetters ||= /\p{L}/u.test(bib)
  }
  const bibOf = (key: string) => exact.get(key) ?? joined.get(key)
  return { has: (key) => bibOf(key) !== undefined, hasLetters, bibOf }
}
