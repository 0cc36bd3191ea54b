import type { HiddenBibs } from '../hiding/index.ts'
import type { Box } from '../media/picture.ts'
import { bibKey } from './bib-key.ts'
import { isSamePlace } from './choose-bibs.ts'
import type { Reading } from './queries.ts'

/** Where in a photo a hidden bib is worn. */
export type WornBib = { hidingId: string; box: Box }

/** What a bib is compared by, as it is written and as readers see it: A-12 is read as A12. */
export const keysOfBib = (bib: string): string[] => [
  ...new Set([bibKey(bib), bibKey(bib.replace(/[^\p{L}\p{N}]/gu, ''))]),
]

type Read = Pick<Reading, 'text' | 'box'>

const hidingOf = ({ text }: Read, hidden: HiddenBibs) =>
  keysOfBib(text).flatMap((key) => hidden.get(key) ?? [])[0]

/** Where hidden bibs were read; a keyword has no place. */
export const findWorn = (readings: readonly Read[], hidden: HiddenBibs): WornBib[] =>
  readings.flatMap((reading) => {
    const hidingId = hidingOf(reading, hidden)
    return hidingId ? placeOf(reading.box).map((box) => ({ hidingId, box })) : []
  })

/**
 * Takes out what was read of hidden bibs, and whatever else was read at those places: a part of a hidden number must not become
 * a number of its own.
 */
export function withoutHidden<Own extends Read>(
  readings: readonly Own[],
  hidden: HiddenBibs,
): Own[] {
  const worn = findWorn(readings, hidden)
  return readings.filter((reading) => {
    const [own] = placeOf(reading.box)
    const isThere = own !== undefined && worn.some(({ box }) => isSamePlace(box, own))
    return !isThere && hidingOf(reading, hidden) === undefined
  })
}

const placeOf = ([x, y, width, height]: readonly number[]): Box[] =>
  x === undefined || y === undefined || width === undefined || height === undefined
    ? []
    : [[x, y, width, height]]
