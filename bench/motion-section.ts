import { findVersions, type Machine } from './machine.ts'
import type { MotionReport } from './motion.ts'
import { measuredOn, type Section } from './report.ts'
import { figure, mebibytes, table, times } from './words.ts'

/** Goals are for such a machine. */
const CORES = 2

export async function motionSection(
  { videos, copyMs, copies }: MotionReport,
  machine: Machine,
): Promise<Section> {
  const rows = videos.map(({ name, costs }) => {
    const { decode, locate, describe, bibs, rest, plainDecode, footageSeconds } = costs
    const sum = decode + locate + describe + bibs + rest
    const aMinute = (seconds: number) => figure((seconds * 60) / footageSeconds)
    return [
      name,
      ...[decode, locate, describe, bibs, rest, sum].map(aMinute),
      `${Math.round((100 * plainDecode) / sum)} %`,
      times((CORES * footageSeconds) / sum),
      costs.tracks,
      costs.reads,
      mebibytes(costs.peakBytes),
    ]
  })
  const head = [
    'Footage',
    ...['Decoding', 'Finding faces', 'Describing faces', 'Bibs', 'Rest', 'All'],
    'Of it plain decoding',
    'Real time',
    'Tracks',
    'Bib reads',
    'Memory, peak',
  ]
  return {
    key: 'motion',
    title: 'Videos',
    body: `${measuredOn(machine)}

Indexing 1080p at 30 pictures a second (H.264, 10 Mb/s, grain), 5 pictures a second looked at: CPU seconds a minute of footage.
Real time is what ${CORES} cores give by these CPU seconds, nothing else going on. Quiet: the camera stands, one person comes by for 8 of
${Math.round(videos[0]?.costs.footageSeconds ?? 0)} s. Crowd: the camera pans along people of the demo race. The goals are 4 × and 1.5 ×.

${table(head, rows)}

From the request until a copied clip of an indexed video can be played: ${figure(copyMs)} ms (p50 of ${copies}, over HTTP, one worker).

${(await findVersions()).slice(0, 3).join(', ')}.`,
  }
}
