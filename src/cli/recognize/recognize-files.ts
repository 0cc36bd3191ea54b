import { chooseBibs, type StartList } from '../../bibs/index.ts'
import { decodePicture } from '../../media/decode-picture.ts'
import type { Box } from '../../media/picture.ts'
import { type CaptureData, readCaptureData } from '../../media/read-exif.ts'
import type { Recognition } from '../../recognition.ts'
import { whyUnreadable } from '../import/unreadable.ts'

type Found = { score: number; box: number[] }

/** What was found in one picture, in the words of the API. */
export type Recognized = {
  /** As it was given. */
  file: string
  width: number
  height: number
  /** ISO 8601: in UTC when the camera wrote how far its clock is from it, else its wall time without a zone. */
  captured_at: string | null
  bibs: ({ bib: string } & Found)[]
  faces: Found[]
}

export type Failed = { file: string; error: string; bibs: []; faces: [] }

type Options = {
  startList: StartList | undefined
  /** Pictures in hand at once: a decoded one of 24 megapixels takes 72 MB. */
  atOnce: number
  signal: AbortSignal
}

/** Yields one result a file, in the order of the files, as soon as it and those before it are done. */
export async function* recognizeFiles(
  recognition: Pick<Recognition, 'bibReader' | 'faceFinder'>,
  files: readonly string[],
  { startList, atOnce, signal }: Options,
): AsyncGenerator<Recognized | Failed> {
  const begun: Promise<Recognized | Failed>[] = []
  const begin = () => {
    const file = files[begun.length]
    if (file !== undefined) begun.push(recognizeFile(recognition, file, { startList, signal }))
  }
  for (let i = 0; i < atOnce; i++) begin()
  for (let i = 0; i < files.length; i++) {
    yield await begun[i]!
    begin()
  }
}

async function recognizeFile(
  { bibReader, faceFinder }: Pick<Recognition, 'bibReader' | 'faceFinder'>,
  file: string,
  { startList, signal }: Omit<Options, 'atOnce'>,
): Promise<Recognized | Failed> {
  try {
    const picture = await decodePicture(file, { signal })
    const capture = await readCaptureData(file)
    const faces = await faceFinder(picture, signal)
    const boxes = faces.map(({ box }) => box)
    const reads = await bibReader(picture, signal, boxes)
    return {
      file,
      width: picture.width,
      height: picture.height,
      captured_at: capturedAt(capture),
      bibs: chooseBibs(reads, startList).map(({ bib, ...found }) => ({ bib, ...viewOf(found) })),
      faces: faces.map(viewOf),
    }
  } catch (error) {
    const message = whyUnreadable(error) ?? (error instanceof Error ? error.message : String(error))
    return { file, error: message, bibs: [], faces: [] }
  }
}

const viewOf = ({ score, box }: { score: number; box: Box }): Found => ({
  score: Number(score.toFixed(4)),
  box: box.map(Math.round),
})

export function capturedAt({
  wallTime,
  offsetMinutes,
}: Pick<CaptureData, 'wallTime' | 'offsetMinutes'>): string | null {
  if (wallTime === null || offsetMinutes === null) return wallTime
  return new Date(Date.parse(`${wallTime}Z`) - offsetMinutes * 60_000).toISOString()
}
