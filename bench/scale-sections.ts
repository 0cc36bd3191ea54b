import type { DeepPages } from './deep-pages.ts'
import type { FaceIndexReport, IndexFigures } from './face-index.ts'
import { findOtherVersions, findVersions, type Machine } from './machine.ts'
import { measuredOn, type Section } from './report.ts'
import { figure, table } from './words.ts'

export async function indexSection(
  { sizes, readBytesPerSecond: { one, two } }: FaceIndexReport,
  machine: Machine,
): Promise<Section> {
  const gigabytes = (bytes: number) => `${figure(bytes / 1e9)} GB/s`
  const percent = (share: number) => `${Math.round(100 * share)} %`
  const timed = (ms: number, recall: number) => `${figure(ms)} ms, ${recall.toFixed(3)}`
  const row = (name: string, cell: (size: IndexFigures) => string) => [name, ...sizes.map(cell)]
  const rows = [
    row('Packed index: p50, recall', (s) => timed(s.indexMs, s.recall)),
    row('usearch, exact, float32', (s) => timed(s.usearchMs, s.usearchRecall)),
    row('usearch, exact, int8', (s) => timed(s.usearchInt8Ms, s.usearchInt8Recall)),
    row('JavaScript loop, float32', (s) => timed(s.loopMs, 1)),
    row('Packed index: bytes a vector', (s) => figure(s.indexBytes / s.faces)),
    row('– vectors read by a search', (s) => gigabytes(s.indexBytesPerSecond)),
    row('– of what two threads read', (s) => percent(s.indexBytesPerSecond / two)),
    row('– p50 while faces are added', (s) => `${figure(s.addingMs)} ms`),
    row('– faces added a second meanwhile', (s) => whole(s.addedPerSecond)),
    row('– loaded from its file, faces a second', (s) => whole(s.loadedPerSecond)),
  ]
  const head = ['', ...sizes.map((s) => `${s.faces.toLocaleString('en')} × ${s.dimensions}`)]
  return {
    key: 'index',
    title: 'Face index',
    body: `${measuredOn(machine)}

${table(head, rows)}

Random unit vectors; recall is against the loop, of all that reach a cosine. The packed index holds int8 and finds a few more than asked, which
the product compares again in full precision; usearch gives the nearest. Both have two threads; an index below 128,000 vectors
is scanned by one. Memory gives ${gigabytes(one)} to one thread, ${gigabytes(two)} to two (memchr over 512 MiB each). The file was in the page
cache.

${(await findVersions()).slice(0, 2).join(', ')}, ${(await findOtherVersions(['usearch'])).join(', ')}.`,
  }
}

const whole = (value: number) => Math.round(value).toLocaleString('en')

export async function pagesSection(
  { photos, pageSize, seedSeconds, firstMs, lastMs, daysMs }: DeepPages,
  machine: Machine,
): Promise<Section> {
  const last = (photos / pageSize).toLocaleString('en')
  const rows = [
    ['GET …/images, page 1', `${figure(firstMs)} ms`],
    [`GET …/images, page ${last}`, `${figure(lastMs)} ms`],
    ['Ratio', figure(lastMs / firstMs)],
    ['GET …/timeline/days', `${figure(daysMs)} ms`],
  ]
  return {
    key: 'pages',
    title: 'Deep pages',
    body: `${measuredOn(machine)}

An event of ${photos.toLocaleString('en')} photos taken over ten hours (rows alone, written in ${Math.round(seedSeconds)} s), ${pageSize} a page, over HTTP.
The goal is a ratio of at most 2.

${table(['', 'p50'], rows)}

${(await findVersions()).join(', ')}.`,
  }
}
