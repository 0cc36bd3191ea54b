import { findVersions, type Machine } from '../machine.ts'
import { measuredOn, type Section } from '../report.ts'
import { figure, mebibytes, table } from '../words.ts'
import type { Outcome } from './arrivals.ts'
import type { LoadReport } from './measure-load.ts'

export async function loadSection(report: LoadReport, machine: Machine): Promise<Section> {
  const { seconds, workers, idle, bibs, images, thumbnails, mix, ingestAlone, ingestInMix } = report
  const share = Math.round((100 * ingestInMix) / ingestAlone)
  const goals = [
    ['Bib pages at 500 a second, p95', `${figure(bibs.p95)} ms`, 'under 100 ms'],
    ['Images a second, alone: large previews', figure(images.perSecond), 'from 2,000'],
    ['– thumbnails', figure(thumbnails.perSecond), 'from 2,000'],
    ['Event-loop delay p99, bib pages alone', `${figure(report.bibsLoopMs)} ms`, 'under 50 ms'],
    ['Event-loop delay p99, everything at once', `${figure(report.mixLoopMs)} ms`, 'under 50 ms'],
    ['Ingest alone, photos a second', figure(ingestAlone), ''],
    ['Ingest in the mix', `${figure(ingestInMix)} (${share} %)`, 'from 50 %'],
    ['Refused selfies without Retry-After', shedBadly(mix), '0'],
    ['At rest: share of one core', `${(100 * idle.cores).toFixed(1)} %`, 'under 3 %'],
    ['At rest: memory in all', mebibytes(idle.bytes), 'under 400 MiB'],
    ['Memory of the server after the mix', mebibytes(report.serverBytes), ''],
  ]
  const rows = [{ ...bibs, name: 'bib page, alone' }, ...mix].map(rowOf)
  const problems = [bibs, ...mix].flatMap(({ name, problem }) =>
    problem ? [`${name}: ${problem}`] : [],
  )
  return {
    key: 'load',
    title: 'The hour after the finish',
    body: `${measuredOn(machine)}

A server, ${workers} workers, PostgreSQL and the client that asks, all on this machine; ${seconds} s each part. Lists and bibs are those of an
event of 200,000 photos, pictures and selfies those of a small one. Requests come at a fixed rate whether or not those before are
answered, and a time counts from when its request was due. The selfies are more than the machine can read, on purpose.

${table(['', 'measured', 'goal'], goals)}

${table(['Everything at once, and bibs alone', 'asked', 'answered a second', 'p50', 'p95', 'p99', '429', 'errors'], rows)}

${table(['Cores used by', 'server', 'database', 'workers', 'the client that asks', 'all'], report.shares.map(shareRow))}

${problems.length > 0 ? `First error of each: ${problems.join('; ')}.` : 'No errors.'}

${(await findVersions()).slice(0, 2).join(', ')}.`,
  }
}

const rowOf = ({ name, asked, answeredPerSecond, p50, p95, p99, shed, errors }: Outcome) => [
  name,
  asked.toLocaleString('en'),
  figure(answeredPerSecond),
  ...[p50, p95, p99].map((each) => `${figure(each)} ms`),
  shed,
  errors,
]

const shareRow = ({ name, shares }: LoadReport['shares'][number]) => {
  const each = [shares.server, shares.database, shares.workers, shares.client]
  const all = each.reduce((sum, one) => sum + one, 0)
  return [name, ...[...each, all].map((cores) => cores.toFixed(2))]
}

const shedBadly = (mix: readonly Outcome[]) =>
  String(mix.reduce((sum, { shedWithoutRetryAfter }) => sum + shedWithoutRetryAfter, 0))
