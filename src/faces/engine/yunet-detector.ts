import type { FloatTensor, Net, OpenNet } from '../../inference/session.ts'
import type { Pixels } from '../../media/scale-pixels.ts'
import type { Normalisation } from '../manifest.ts'
import { atEachSize, type DetectedFace } from './at-each-size.ts'
import { isInside, withoutDoubles } from './boxes.ts'
import type { FaceDetector } from './face-detector.ts'
import { inputPlanes } from './planes.ts'

/** A selfie is never enlarged: a face that fills the picture is found at .9 in small and lost among false boxes in large. */
const LOOKS = { photo: { sides: [1600, 640] }, selfie: { sides: [640, 320], rim: 0.35 } }
const MIN_SCORE = 0.6
/** Boxes under 16 px are mostly skin and cloth unless the net is sure. */
const SMALL = { side: 16, minScore: 0.8 }
/** In area: a face inside one 5 x its size is a hit on skin or cloth. */
const FALSE_INSIDE = 25
const STRIDES = [8, 16, 32]

/** YuNet, with five landmarks: https://github.com/ShiqiYu/libfacedetection.train */
export async function openYunetDetector(
  { openNet }: { openNet: OpenNet },
  { file, ...input }: Normalisation & { file: string; multiple: number },
): Promise<FaceDetector> {
  const net = await openNet(file, 'face detector')
  return {
    looks: LOOKS,
    async detect(picture, { sides, rim = 0 }) {
      const found = await atEachSize(picture, sides, (scaled) =>
        detectOnce(net, scaled, { ...input, rim }),
      )
      return withoutFalseHits(withoutDoubles(found))
    },
    locate: async (_picture, { faces }) => faces.map(({ points = [] }) => ({ points, doubt: 0 })),
    release: () => net.release(),
  }
}

function withoutFalseHits(faces: readonly DetectedFace[]): DetectedFace[] {
  const area = ({ box }: DetectedFace) => box[2] * box[3]
  return faces.filter((face) => {
    const isSmall = Math.min(face.box[2], face.box[3]) < SMALL.side
    if (isSmall && face.score < SMALL.minScore) return false
    return !faces.some(
      (other) => area(other) > FALSE_INSIDE * area(face) && isInside(face.box, other.box),
    )
  })
}

type Input = Normalisation & { multiple: number; rim: number }

async function detectOnce(
  net: Net,
  pixels: Pixels,
  { multiple, rim, ...normalisation }: Input,
): Promise<DetectedFace[]> {
  const { width: inner, height: innerHeight, data, shift } = withRim(pixels, rim)
  const width = Math.ceil(inner / multiple) * multiple
  const height = Math.ceil(innerHeight / multiple) * multiple
  const part = { left: 0, top: 0, width: inner, height: innerHeight }
  const planes = inputPlanes({ data, width: inner }, part, { width, height, ...normalisation })
  const maps = await net.run({ data: planes, dims: [1, 3, height, width] })
  return STRIDES.flatMap((stride) => decodeMap(maps, { stride, columns: width / stride })).map(
    ({ score, box, points }) => ({
      score,
      box: [box[0] - shift, box[1] - shift, box[2], box[3]],
      points: points!.map((value) => value - shift),
    }),
  )
}

/** The picture in the middle of a black one. */
function withRim(pixels: Pixels, rim: number): Pixels & { shift: number } {
  const shift = Math.round(rim * Math.max(pixels.width, pixels.height))
  if (shift === 0) return { ...pixels, shift }
  const width = pixels.width + 2 * shift
  const height = pixels.height + 2 * shift
  const data = new Uint8Array(3 * width * height)
  for (let row = 0; row < pixels.height; row++) {
    const from = 3 * row * pixels.width
    data.set(
      pixels.data.subarray(from, from + 3 * pixels.width),
      3 * ((row + shift) * width + shift),
    )
  }
  return { data, width, height, shift }
}

/** Every cell of a map says how sure it is of a face, and where from its corner its centre, size and points are. */
function decodeMap(
  maps: Record<string, FloatTensor>,
  { stride, columns }: { stride: number; columns: number },
): DetectedFace[] {
  const [classes, objects, boxes, points] = ['cls', 'obj', 'bbox', 'kps'].map((kind) => {
    const map = maps[`${kind}_${stride}`]
    if (!map) throw new Error(`the face detector gives no ${kind}_${stride}`)
    return map.data
  }) as [Float32Array, Float32Array, Float32Array, Float32Array]
  const found: DetectedFace[] = []
  for (let cell = 0; cell < classes.length; cell++) {
    const score = Math.sqrt(unit(classes[cell]!) * unit(objects[cell]!))
    if (score < MIN_SCORE) continue
    const corner = [cell % columns, Math.floor(cell / columns)] as const
    const place = (offset: number, axis: 0 | 1) => (corner[axis] + offset) * stride
    const at = 4 * cell
    const width = Math.exp(boxes[at + 2]!) * stride
    const height = Math.exp(boxes[at + 3]!) * stride
    const x = place(boxes[at]!, 0) - width / 2
    const y = place(boxes[at + 1]!, 1) - height / 2
    const five = [...points.subarray(10 * cell, 10 * cell + 10)]
    found.push({
      score,
      box: [x, y, width, height],
      points: five.map((offset, i) => place(offset, (i % 2) as 0 | 1)),
    })
  }
  return found
}

const unit = (value: number) => Math.min(1, Math.max(0, value))
