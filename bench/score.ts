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

/** Of shown bibs whose scores lie in one bin: what the scores promise on average, and how many are right. */
export type ReliabilityBin = {
  from: number
  to: number
  bibs: number
  promised: number
  right: number
}
export type ScoredBib = { bib: string; score: number }

const BIN_EDGES = [0, 0.5, 0.8, 0.95, 0.98, 0.99, 1]

/** Empty bins are left out. Bibs that may be read or not say nothing. Undefined when no picture has labels. */
export function binBibs(
  { pictures }: PictureSet,
  found: ReadonlyMap<string, readonly ScoredBib[]>,
): ReliabilityBin[] | undefined {
  const judged = pictures.flatMap(({ path, bibs }) =>
    (bibs ? (found.get(path) ?? []) : [])
      .filter(({ bib }) => !bibs!.optional.has(bib))
      .map(({ bib, score }) => ({ score, isRight: bibs!.required.has(bib) })),
  )
  if (!pictures.some(({ bibs }) => bibs)) return undefined
  return BIN_EDGES.slice(1).flatMap((to, i) => {
    const from = BIN_EDGES[i]!
    const inside = judged.filter(({ score }) => score > from && score <= to)
    if (inside.length === 0) return []
    const promised = inside.reduce((sum, { score }) => sum + score, 0) / inside.length
    const right = inside.filter(({ isRight }) => isRight).length / inside.length
    return [{ from, to, bibs: inside.length, promised, right }]
  })
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
