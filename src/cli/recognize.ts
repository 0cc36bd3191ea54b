import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { parseStartList, type StartList, startListOf } from '../bibs/index.ts'
import type { Config } from '../config.ts'
import { decodePicture } from '../media/decode-picture.ts'
import { openRecognition } from '../recognition.ts'
import { whyUnreadable } from './import/unreadable.ts'
import { type Recognized, recognizeFiles } from './recognize/recognize-files.ts'

export const recognizeCommand = (readConfig: () => Config): Command =>
  new Command('recognize')
    .description('Read bibs and find faces in pictures; needs no server and no database')
    .argument('<files...>', 'pictures')
    .option('--json', 'one line of JSON a picture')
    .option('--start-list <csv>', 'only bibs of this list (CSV with a column bib)')
    .addHelpText(
      'after',
      `
With --json each picture gives one line, in the order given:
  {"file":"a.jpg","width":6000,"height":4000,"captured_at":"2026-05-10T07:12:33.000Z",
   "bibs":[{"bib":"1042","score":0.99,"box":[x,y,width,height]}],"faces":[{"score":0.98,"box":[…]}]}
Boxes are in pixels of the picture as displayed. captured_at ends in Z when the camera says how far its clock
is from UTC, else it is what the clock showed; null when there is no time.

  trackside recognize finish.jpg
  trackside recognize --json --start-list runners.csv photos/*.jpg > found.jsonl

Exit code: 1 when a picture failed; the others are done all the same.`,
    )
    .action((files: string[], options: RecognizeOptions) => recognize(readConfig(), files, options))

type RecognizeOptions = { json?: boolean; startList?: string }

async function recognize(
  config: Config,
  files: string[],
  { json, startList: csv }: RecognizeOptions,
): Promise<void> {
  const startList = csv === undefined ? undefined : await readStartList(csv)
  // `workers` is what cores and memory carry; one more picture is decoded meanwhile.
  const threads = Math.max(1, Math.min(config.workers, files.length))
  const atOnce = threads + 1
  const recognition = openRecognition({
    decode: decodePicture,
    ...config,
    threads,
    maxQueue: 2 * atOnce,
  })
  const { signal } = new AbortController()
  try {
    for await (const result of recognizeFiles(recognition, files, { startList, atOnce, signal })) {
      if ('error' in result) {
        console.error(`trackside: ${result.file}: ${result.error}`)
        process.exitCode = 1
      }
      if (json) console.log(JSON.stringify(result))
      else if (!('error' in result)) console.log(describe(result))
    }
  } finally {
    await recognition.stop()
  }
}

async function readStartList(csv: string): Promise<StartList> {
  const bytes = await readFile(csv).catch((cause: unknown) => {
    throw new Error(`The start list ${csv} cannot be read: ${whyUnreadable(cause) ?? cause}.`, {
      cause,
    })
  })
  const { participants, rejected } = parseStartList(bytes)
  for (const { line, reason } of rejected)
    console.error(`${csv}, line ${line}, left out: ${reason}`)
  return startListOf(participants.map(({ bib }) => bib))
}

/** `a.jpg  6000 × 4000  2026-05-10T07:12:33.000Z  bibs 1042 (99 %), 7 (91 %)  2 faces` */
function describe({ file, width, height, captured_at, bibs, faces }: Recognized): string {
  const shown = bibs.map(({ bib, score }) => `${bib} (${Math.round(score * 100)} %)`).join(', ')
  const faceCount = `${faces.length} ${faces.length === 1 ? 'face' : 'faces'}`
  const parts = [
    file,
    `${width} × ${height}`,
    captured_at ?? 'no time',
    shown ? `bibs ${shown}` : 'no bib',
    faceCount,
  ]
  return parts.join('  ')
}
