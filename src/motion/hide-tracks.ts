import { bibKey, chooseBibs, keysOfBib, type StartList } from '../bibs/index.ts'
import type { Event } from '../events/index.ts'
import { type FaceModel, faceModelOf, fromBytes } from '../faces/index.ts'
import type { Hidden, HiddenBibs, ModelTemplate } from '../hiding/index.ts'
import { chooseTracks } from './choose-tracks.ts'
import { motionSettingsOf } from './settings.ts'

/** A passing as it is kept: what was seen of the face and read on the person. */
export type Passing = {
  looks: readonly SeenFace[]
  reads: readonly BibVote[]
}
/** A face as a model sees it. */
export type SeenFace = { embedding: Float32Array; quality: number; model: string }
export type BibVote = {
  /** Reads of one frame. */
  moment: string
  kind: 'digits' | 'alphanumeric'
  text: string
  fullText: string
  score: number
}

/** How surely each bib, by its key, was chosen on a person, summed over the moments; by the start list of today. */
export function countVotes(
  reads: readonly BibVote[],
  list: StartList | undefined,
): Map<string, number> {
  const votes = new Map<string, number>()
  // One place a torso: of several reads of a moment the rules choose.
  for (const read of Map.groupBy(reads, ({ moment }) => moment).values())
    for (const { bib, score } of chooseBibs(
      read.map((one) => ({ ...one, box: [0, 0, 1, 1] as const })),
      list,
    ))
      votes.set(bibKey(bib), (votes.get(bibKey(bib)) ?? 0) + score)
  return votes
}

/** How surely a person wears one of these bibs: 0 unless they were chosen at least half as surely as any other. */
export function scoreOfBib(votes: ReadonlyMap<string, number>, keys: readonly string[]): number {
  const own = Math.max(...keys.map((key) => votes.get(key) ?? 0))
  return own >= Math.max(...votes.values(), 0) / 2 ? own : 0
}

/** What a hidden person's face is compared as: each selfie, and how the person looked in the photos. */
export const queriesOf = ({ selfies, expanded }: ModelTemplate): Float32Array[] =>
  [...selfies, ...(expanded ? [expanded] : [])].map(fromBytes)

/** What a match in an event's videos must reach. */
export const leastPercentage = (event: Event, model: FaceModel) =>
  motionSettingsOf(event).confidencePercentage ??
  event.confidencePercentage ??
  model.defaultPercentage

/** Whether a passing is one of somebody who asked not to be found: by face, or by bib. */
export function isHiddenPassing(
  { looks, reads }: Passing,
  {
    event,
    hidden,
    hiddenBibs,
    list,
  }: {
    event: Event
    hidden: Hidden
    hiddenBibs: HiddenBibs
    list: StartList | undefined
  },
): boolean {
  const isFace = isHiddenFace(looks, { event, hidden })
  if (isFace || hiddenBibs.size === 0) return isFace
  const votes = countVotes(reads, list)
  return [...votes.keys()].some(
    (bib) => keysOfBib(bib).some((key) => hiddenBibs.has(key)) && scoreOfBib(votes, [bib]) > 0,
  )
}

/** Whether the faces of a passing, as models see them, are one of somebody who asked not to be found. */
export function isHiddenFace(
  looks: readonly SeenFace[],
  { event, hidden }: { event: Event; hidden: Pick<Hidden, 'templates'> },
): boolean {
  return [...Map.groupBy(looks, ({ model }) => model)].some(([id, own]) => {
    const model = faceModelOf(id)
    const rules = { model, percentage: leastPercentage(event, model) }
    const candidate = { thread: '', videoId: '', spans: [], looks: own }
    const parts = hidden.templates.flatMap(({ template }) => template)
    return parts
      .filter((part) => part.model === id)
      .flatMap(queriesOf)
      .some((query) => chooseTracks(query, [candidate], rules).length > 0)
  })
}
