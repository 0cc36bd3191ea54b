import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findCandidates } from '../../bibs/index.ts'
import { type AuditRef, findUnjudged, judgePhoto } from '../../console/index.ts'
import type { Context } from '../../context.ts'
import { previewUrl } from '../../photos/index.ts'
import { previewKey } from '../../stamp/index.ts'
import { parseAnswer } from './parse-answer.ts'

const MAX_SAMPLE = 1000

/** Asks about each photo of a sample that nobody was asked about, until there is none or the person stops. */
export async function askPhotos(
  { db, config }: Context,
  { audit, isBlind, baseUrl }: { audit: AuditRef; isBlind: boolean; baseUrl: string },
): Promise<void> {
  const { eventId } = audit
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const lines = terminal[Symbol.asyncIterator]()
  const say = (text: string) => process.stderr.write(text)
  try {
    const open = await findUnjudged(db, audit, MAX_SAMPLE)
    if (open.length > 0) say(HELP)
    for (const [at, { photoId }] of open.entries()) {
      const [photo] = await findCandidates(db, eventId, [photoId])
      if (!photo) continue // deleted since
      const reads = photo.candidates.filter(({ isShown }) => isShown)
      say(`\nPhoto ${at + 1} of ${open.length}: ${photo.fileName}\n`)
      say(`  ${previewUrl(baseUrl, 'large', photo)}\n`)
      if (photo.stampRecipe && !config.s3) {
        const key = previewKey({ eventId, photoId }, photo.stampRecipe, 'large')
        say(`  ${join(config.dataDir, 'objects', key)}\n`)
      }
      if (!isBlind)
        say(
          `  reads: ${reads.map(({ bib, score }) => `${bib} (${score.toFixed(2)})`).join(', ') || 'none'}\n`,
        )
      for (;;) {
        say('  > ')
        const { value, done } = await lines.next()
        if (done) return
        const answer = parseAnswer(value, isBlind ? undefined : reads.map(({ bib }) => bib))
        if (answer.kind === 'stop') return
        if (answer.kind === 'skip') break
        if (answer.kind === 'unclear') {
          say(`  ${answer.why}\n`)
          continue
        }
        await judgePhoto({ db }, { audit, photoId, bibs: answer.bibs, by: 'command line' })
        break
      }
    }
  } finally {
    terminal.close()
  }
}

const HELP = `Look at each photo and say which bibs you can read in it.
  Enter  the reads are right          1042 77  these are there, and no others
  n      there is no bib to read      s skip   q stop; the same command goes on from here
`
