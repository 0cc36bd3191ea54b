import type { PictureSet } from './picture-set.ts'

export type Score = { precision: number; recall: number; f1: number }
export type FaceScore = Score & {
  /** Right ones among the first 20 that a selfie finds, the mean over selfies. */
  precisionAt20: number
}

/** What was found, by path of the picture; a path that is missing found nothing. */
export type Found = ReadonlyMap<string, readonly string[]>

const FIRST = 20

/** Exact bibs, each counted once a picture. Undefined when no picture has labels. */
export function scoreBibs({ pictures }: PictureSet, found: Found): Score | undefined {
  const counts = { right: 0, wrong: 0, missed: 0 }
  const labelled = pictures.filter(({ bibs }) => bibs)
  for (const { path, bibs } of labelled) {
    const { required, optional } = bibs!
    const read = new Set(found.get(path))
    const right = [...read].filter((bib) => required.has(bib)).length
    counts.right += right
    counts.missed += required.size - right
    counts.wrong += [...read].filter((bib) => !required.has(bib) && !optional.has(bib)).length
  }
  return labelled.length > 0 ? scoreOf(counts) : undefined
}

/** The pictures that each selfie found, best first. Undefined when the set has no selfies. */
export function scoreFaces({ selfies }: PictureSet, found: Found): FaceScore | undefined {
  if (selfies.length === 0) return undefined
  const counts = { right: 0, wrong: 0, missed: 0 }
  let precisions = 0
  for (const { path, shownOn } of selfies) {
    const isRight = (found.get(path) ?? []).map((picture) => shownOn.has(picture))
    const right = isRight.filter(Boolean).length
    counts.right += right
    counts.wrong += isRight.length - right
    counts.missed += shownOn.size - right
    const first = isRight.slice(0, FIRST)
    precisions += first.filter(Boolean).length / Math.max(1, first.length)
  }
  return { ...scoreOf(counts), precisionAt20: precisions / selfies.length }
}

function scoreOf({ right, wrong, missed }: { right: number; wrong: number; missed: number }) {
  const precision = right / Math.max(1, right + wrong)
  const recall = right / Math.max(1, right + missed)
  return { precision, recall, f1: (2 * right) / Math.max(1, 2 * right + wrong + missed) }
}
