import { Command } from 'commander'
import type { Config } from '../config.ts'
import { type AuditReport, type Proportion, reportAudit, startAudit } from '../console/index.ts'
import { eventNotFound, findEvent } from '../events/index.ts'
import { askPhotos } from './audit/ask-photos.ts'
import { wholeNumber } from './whole-number.ts'
import { withContext } from './with-context.ts'

type Options = {
  event: number
  photos: number
  seed: number
  blind?: boolean
  report?: boolean
  json?: boolean
}

export const auditCommand = (readConfig: () => Config) =>
  new Command('audit')
    .description('Judge a random sample of an event’s photos: how right are the bibs?')
    .requiredOption('--event <id>', 'event', wholeNumber)
    .option('--photos <n>', 'size of the sample', wholeNumber, 50)
    .option('--seed <n>', 'which sample: the same number draws the same photos', wholeNumber, 1)
    .option('--blind', 'do not show the reads: slower, and nothing is suggested to you')
    .option('--report', 'ask nothing, print the figures so far')
    .option('--json', 'print the figures as one JSON object')
    .addHelpText(
      'after',
      `
Answers are kept after each photo: stop with q and run the same command to go on. They correct the photos
too. Figures are of the reads as the rules choose from them now, without what people corrected: after a new
model or start list, --report judges it by the same answers. Intervals are Wilson's, 95 %.

  trackside audit --event 1                    fifty photos, some minutes
  trackside audit --event 1 --report --json    for a script`,
    )
    .action((options: Options) =>
      withContext(readConfig(), async (context) => {
        const { event: eventId, seed, photos, blind: isBlind = false } = options
        if (!(await findEvent(context.db, eventId))) throw eventNotFound(eventId)
        const audit = { eventId, seed }
        if (!options.report) {
          const { publicUrl, host, port } = context.config
          const baseUrl = publicUrl ?? `http://${host}:${port}`
          process.stderr.write(
            `In the browser: ${baseUrl}/console#/event/${eventId}/audit/${seed}\n\n`,
          )
          await startAudit(context, audit, photos)
          await askPhotos(context, { audit, isBlind, baseUrl })
        }
        const report = await reportAudit(context, audit)
        console.log(options.json ? JSON.stringify(report) : tell(report))
      }),
    )

function tell({ judged, photos, precision, recall, coverage }: AuditReport): string {
  if (judged === 0) return `No photo of the sample (${photos} photos) has been judged yet.`
  return [
    `${judged} of ${photos} photos judged`,
    `precision  ${share(precision)}  of the bibs shown are right`,
    `recall     ${share(recall)}  of the bibs a person can read are shown`,
    `coverage   ${share(coverage)}  of the photos with a readable bib are found by one`,
  ].join('\n')
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`

function share({ value, low, high, count, of }: Proportion): string {
  if (value === null) return '–'
  return `${percent(value).padStart(7)}  (${percent(low)} to ${percent(high)}; ${count} of ${of})`
}
