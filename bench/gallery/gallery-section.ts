import { findVersions, type Machine } from '../machine.ts'
import { measuredOn, type Section } from '../report.ts'
import { figure, table } from '../words.ts'
import type { GalleryFigures } from './measure-gallery.ts'
import type { Scrolling } from './scroll.ts'

export async function gallerySection(figures: GalleryFigures, machine: Machine): Promise<Section> {
  const { opening, slow, fast, through } = figures
  const ms = (value: number) => `${Math.round(value)} ms`
  const rows = [
    ['First photo', ms(opening.firstPhotoMs), '2000 ms'],
    ['Largest contentful paint', ms(opening.largestPaintMs), ''],
    ['Cumulative layout shift', opening.layoutShift.toFixed(3), '0'],
    ['JavaScript, compressed', `${figure(figures.scriptBytes / 1000)} kB`, '90 kB'],
    ['Long tasks: number, longest', `${opening.longTasks}, ${ms(opening.longestTaskMs)}`, ''],
    ['Blocking time of them', ms(opening.blockedMs), ''],
  ]
  const moved = (
    name: string,
    { frames, p50Ms, p95Ms, lateShare, longestMs, mostCells, pixels }: Scrolling,
  ) => [
    name,
    figure(pixels / 1000),
    String(frames),
    ms(p50Ms),
    ms(p95Ms),
    `${(100 * lateShare).toFixed(1)} %`,
    ms(longestMs),
    String(mostCells),
  ]
  return {
    key: 'gallery',
    title: 'Gallery',
    body: `${measuredOn(machine)}

A phone (390 × 844, twice the pixels) opens an event of ${figures.photos.toLocaleString('en')} photos: rows alone, previews of ${figure(figures.previewBytes / 1000)} kB stand in.
Cold cache, "Slow 4G" of Chromium's developer tools (562 ms latency a request, 1.44 Mbit/s), processor slowed ${4} times; from Chromium's
trace, median of ${figures.runs}.

${table(['', '', 'goal'], rows)}

Scrolling, without a GPU. A frame is late when it takes more than 25 ms.

${table(
  ['', 'px, thousands', 'frames', 'p50', 'p95', 'late', 'longest', 'photos in the page, at most'],
  [
    moved('3,000 px a second', fast),
    moved('– processor slowed 4 times', slow),
    moved('end to end, 240,000 px a second', through),
  ],
)}

A tap on the time line shows photos there after ${ms(figures.jumpMs)} (median); scrolled through, the page holds ${figure(figures.heapBytes / 1e6)} MB of JavaScript heap.

${(await findVersions()).slice(0, 1).join(', ')}, Chromium.`,
  }
}
