import type { DeepPages } from './deep-pages.ts'
import type { FaceIndexReport } from './face-index.ts'
import { findVersions, type Machine } from './machine.ts'
import { measuredOn, type Section } from './report.ts'
import { figure, mebibytes, table, times } from './words.ts'

export async function indexSection(
  { sizes, readBytesPerSecond }: FaceIndexReport,
  machine: Machine,
): Promise<Section> {
  const gigabytes = (bytes: number) => `${figure(bytes / 1e9)} GB/s`
  const rows = sizes.map((size) => [
    `${size.faces.toLocaleString('en')} × ${size.dimensions}`,
    `${figure(size.indexMs)} ms`,
    `${figure(size.loopMs)} ms`,
    times(size.loopMs / size.indexMs),
    size.recall.toFixed(3),
    mebibytes(size.indexBytes),
    gigabytes(size.indexBytesPerSecond),
    `${Math.round((100 * size.indexBytesPerSecond) / readBytesPerSecond)} %`,
  ])
  const head = [
    'Faces',
    'Index, p50',
    'Float loop, p50',
    'Faster',
    'Recall against the loop',
    'Memory',
    'Read by a search',
    'Of one thread’s reading',
  ]
  return {
    key: 'index',
    title: 'Face index',
    body: `${measuredOn(machine)}

${table(head, rows)}

Both are exact, on random unit vectors. One thread reads ${gigabytes(readBytesPerSecond)} from memory (memchr over 512 MiB); a search of a
large index runs on up to two threads, so it can exceed that. The loop is plain JavaScript over one Float32Array. No other index
library was measured.

${(await findVersions()).slice(0, 2).join(', ')}.`,
  }
}

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
