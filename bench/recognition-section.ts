import { findOtherVersions, findVersions, type Machine } from './machine.ts'
import type { OffTheShelf } from './off-the-shelf.ts'
import type { Ours } from './ours.ts'
import type { PictureSet } from './picture-set.ts'
import { measuredOn, type Section } from './report.ts'
import type { FaceScore, ReliabilityBin, Score } from './score.ts'
import { figure, mebibytes, table, times } from './words.ts'

type Measured = { set: PictureSet; machine: Machine; ours?: Ours; others?: OffTheShelf }

/** Both contenders side by side on one set; a contender that was not run has no column. */
export async function recognitionSection({
  set,
  machine,
  ours,
  others,
}: Measured): Promise<Section> {
  const head = ['', ...(ours ? ['trackside'] : []), ...(others ? ['off the shelf'] : [])]
  const row = (name: string, a: string | undefined, b: string | undefined) => [
    name,
    ...(ours ? [a ?? '–'] : []),
    ...(others ? [b ?? '–'] : []),
  ]
  const a = ours?.costs.cpuSeconds
  const b = others?.cpuSeconds
  const rows = [
    row(
      'Processes',
      ours && `${ours.workers} workers, server, database`,
      '1, with threads of its own',
    ),
    row(
      'Photos a second, end to end',
      ours && figure(ours.photosPerSecond),
      b && figure(others.photosPerSecond),
    ),
    row(
      `Cores it had of ${machine.cores}, on average`,
      ours?.workerCpuSeconds === undefined
        ? undefined
        : figure(ours.workerCpuSeconds * ours.photosPerSecond),
      b && figure(sum(b) * others.photosPerSecond),
    ),
    row('CPU seconds a photo', a && figure(sum(a)), b && figure(sum(b))),
    row('– decode', a && figure(a.decode), b && `${figure(b.pictures)} with previews`),
    row('– previews', a && `${figure(a.stamp)} with watermark`, 'see decode'),
    row('– bibs', a && figure(a.bibs), b && figure(b.bibs)),
    ...netRows(row, ours, 'bibs'),
    row('– faces', a && figure(a.faces), b && figure(b.faces)),
    ...netRows(row, ours, 'faces'),
    row(
      'CPU seconds a photo, of the workers and their decoders end to end',
      ours?.workerCpuSeconds === undefined ? undefined : figure(ours.workerCpuSeconds),
      undefined,
    ),
    row(
      'Peak memory of a process that recognises',
      ours && mebibytes(ours.workerPeakBytes),
      others && mebibytes(others.peakBytes),
    ),
    row(
      '– of the process that decodes for it',
      ours && mebibytes(ours.decoderPeakBytes),
      undefined,
    ),
    row('Peak memory of the server', ours && mebibytes(ours.servePeakBytes), undefined),
    row(
      'Upload to searchable, nothing else going on',
      ours && `${figure(ours.latencyMs)} ms`,
      undefined,
    ),
    ...accuracyRows(row, ours, others),
  ]
  const ratio =
    ours && others && a && b
      ? `\n\n**${times(ours.photosPerSecond / others.photosPerSecond)} the throughput, ${times(sum(b) / sum(a))} less CPU a photo.**`
      : ''
  const megapixels = ours?.costs.megapixels ?? others?.megapixels ?? 0
  const body = [
    measuredOn(machine),
    `${set.pictures.length} photos of ${figure(megapixels)} megapixels on average; ${set.selfies.length} selfies.`,
    `\n${table(head, rows)}${ratio}\n`,
    NOTES,
    ...(ours?.reliability?.length ? [reliabilityText(ours.reliability)] : []),
    `\nOn: ${(await findVersions()).join(', ')}.`,
    ...(others ? [`\nOff the shelf: ${(await findOtherVersions()).join(', ')}.`] : []),
  ]
  return { key: set.key, title: set.title, body: body.join('\n') }
}

const NOTES = `End to end is from the first byte uploaded until \`progress\` is idle; networks are loaded before the clock starts, for both. The
contenders run one after the other: where trackside had fewer cores than there are, others were at work and its throughput is too
low. CPU by step is that of one process doing one thing at a time. Off the shelf there is no server, queue, database or watermark;
its bibs are lines of digits, its faces match within a distance of 0.6. Selfie precision is of the first 20 found, the mean over
selfies.`

function reliabilityText(bins: readonly ReliabilityBin[]): string {
  const rows = bins.map(({ from, to, bibs, promised, right }) => [
    `${from} to ${to}`,
    bibs,
    promised.toFixed(3),
    right.toFixed(3),
  ])
  const head = ['Score of a shown bib, no start list', 'Bibs', 'Promised', 'Right']
  return `\nWhat a score promises and what is right:\n\n${table(head, rows)}`
}

type Row = (name: string, a: string | undefined, b: string | undefined) => string[]

/** What each net of ours had of a step, and what the rest of it took. */
function netRows(row: Row, ours: Ours | undefined, step: 'bibs' | 'faces'): string[][] {
  if (!ours) return []
  const { cpuSeconds, netSeconds } = ours.costs
  const nets = netSeconds[step]
  return [
    ...Object.entries(nets).map(([name, seconds]) =>
      row(`– – ${name}`, figure(seconds), undefined),
    ),
    row('– – without nets', figure(cpuSeconds[step] - sum(nets)), undefined),
  ]
}

function accuracyRows(row: Row, ours: Ours | undefined, others: OffTheShelf | undefined) {
  const bibs = ours?.bibs ?? others?.bibs
  const faces = ours?.faces ?? others?.faces
  return [
    ...(bibs
      ? [
          row('Bibs: precision / recall / F1', scoreText(ours?.bibs), scoreText(others?.bibs)),
          row('– with start list', scoreText(ours?.bibsWithList), scoreText(others?.bibsWithList)),
        ]
      : []),
    ...(faces
      ? [
          row('Selfies: precision@20 / recall', faceText(ours?.faces), faceText(others?.faces)),
          row(
            'Selfie search over HTTP, p50',
            ours?.selfieMs === undefined ? undefined : `${figure(ours.selfieMs)} ms`,
            undefined,
          ),
        ]
      : []),
  ]
}

const scoreText = (score: Score | undefined) =>
  score && [score.precision, score.recall, score.f1].map((share) => share.toFixed(3)).join(' / ')

const faceText = (score: FaceScore | undefined) =>
  score && [score.precisionAt20, score.recall].map((share) => share.toFixed(3)).join(' / ')

const sum = (costs: Record<string, number>) => Object.values(costs).reduce((a, b) => a + b, 0)
