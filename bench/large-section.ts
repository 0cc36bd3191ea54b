import type { LargeEvent } from './large-event.ts'
import { findVersions, type Machine } from './machine.ts'
import { measuredOn, type Section } from './report.ts'
import { figure, table } from './words.ts'

export async function largeSection(
  { photos, faces, entrants, seedSeconds, databaseBytes, ...measured }: LargeEvent,
  machine: Machine,
): Promise<Section> {
  const count = (number: number) => number.toLocaleString('en')
  const { reads, selfie, firstSelfieMs, leftOut } = measured
  const rows = [
    ...[...reads, selfie].map(({ name, p50, p95 }) => [
      name,
      `${figure(p50)} ms`,
      `${figure(p95)} ms`,
    ]),
    ['The first selfie of all, which loads the faces', `${figure(firstSelfieMs.fromRows)} ms`, '–'],
    ['– of a server that is started again', `${figure(firstSelfieMs.fromFile)} ms`, '–'],
  ]
  return {
    key: 'large',
    title: 'Every read of a large event',
    body: `${measuredOn(machine)}

An event of ${count(photos)} photos, ${count(faces)} faces and ${count(entrants)} entrants, two bibs a photo: rows and vectors, no pixels, written
in ${Math.round(seedSeconds)} s; ${figure(databaseBytes / 1e9)} GB of database with indexes. Every GET of the OpenAPI document, one after the other over HTTP, with
the default page size; bibs change with each ask. The faces' vectors are 10,000 random ones over and over.

${table(['', 'p50', 'p95'], rows)}

Not measured, as the event has nothing for them: ${leftOut.join(', ')}.

${(await findVersions()).slice(0, 2).join(', ')}.`,
  }
}
