import { Command } from 'commander'
import type { Config } from '../config.ts'
import { followUps } from '../pipeline.ts'
import { verify } from '../verify/index.ts'
import { withContext } from './with-context.ts'

export const verifyCommand = (readConfig: () => Config) =>
  new Command('verify')
    .description(
      'Check that every photo, video and clip has its files and its job, and every file its owner',
    )
    .option('--repair', 'mend what can be mended')
    .option('--json', 'last line of the output: the figures as one JSON object')
    .addHelpText(
      'after',
      `
Reads names and sizes, not pictures. May run beside a working system; files younger than an hour are left alone, as their
photo may be on its way. --repair has missing previews drawn and missing clips cut again, sends what was forgotten to the
workers, removes files without a photo or video and goes on with erasings. An original that is lost is in a backup or nowhere.

Exit code: 0 when all is well, or was mended; 1 when something is wrong.`,
    )
    .action((options: { repair?: boolean; json?: boolean }) =>
      withContext(readConfig(), async ({ db, store, queue }) => {
        const { hasOpenJobs, findWaiting } = queue
        const deps = { db, store, hasOpenJobs, findWaiting, ...followUps(queue.enqueue) }
        const repair = options.repair === true
        const findings = await verify(deps, { repair, report: (line) => console.error(line) })
        const { photos, videos, objects, ...problems } = findings
        console.log(`${photos} photos, ${videos} videos, ${objects} objects`)
        for (const [what, count] of Object.entries(problems))
          console.log(`${String(count).padStart(8)} ${WORDS[what as keyof typeof problems]}`)
        if (options.json) console.log(JSON.stringify(findings))
        const { lostOriginals, ...mendable } = problems
        const left = repair ? lostOriginals : lostOriginals + sum(Object.values(mendable))
        if (left > 0) process.exitCode = 1
      }),
    )

const WORDS = {
  lostOriginals: 'originals lost',
  missingPreviews: 'photos without previews',
  forgottenPhotos: 'photos that wait for no job',
  forgottenVideos: 'videos that wait for no job',
  missingClips: 'clips without their file',
  forgottenClips: 'clips that wait for no job',
  strayObjects: 'objects of no photo or video',
  unerasedEvents: 'deleted events that nothing erases',
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
