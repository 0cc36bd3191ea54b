import type { Random } from './random.ts'
import { RUNNERS } from './runners.ts'

const FIRST = [
  'Anna',
  'Ben',
  'Carla',
  'David',
  'Eva',
  'Felix',
  'Greta',
  'Hugo',
  'Irma',
  'Jonas',
  'Kim',
  'Leo',
]
const LAST = [
  'Adler',
  'Brandt',
  'Costa',
  'Duarte',
  'Engel',
  'Fontana',
  'Garcia',
  'Haas',
  'Ivanova',
  'Jansen',
]

/** How many started: most of a race's field is not on a handful of photos. */
const STARTERS = 120

/** CSV with the columns bib and name: the runners of the photos among others, in order of bib. */
export function makeStartList(random: Random): string {
  const names = new Map(RUNNERS.map(({ bib, name }) => [Number(bib), name]))
  while (names.size < STARTERS) {
    const bib = Math.floor(random.between(1, 1600))
    if (!names.has(bib)) names.set(bib, `${random.pick(FIRST)} ${random.pick(LAST)}`)
  }
  const rows = [...names].sort(([a], [b]) => a - b).map(([bib, name]) => `${bib},${name}`)
  return `bib,name\n${rows.join('\n')}\n`
}
