// Stock packages used as their READMEs show, in one process: face-api on the WebAssembly backend of TensorFlow.js, and
// ocr-node. Each photo is decoded, shrunk to two previews (no watermark), searched for faces and read.
// {photos, selfies}: paths on standard input, figures and findings on standard output. Plain JavaScript, for its packages
// (and their types) are only installed when the benchmark wants them.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import Ocr from '@gutenye/ocr-node'
import sharp from 'sharp'

const require = createRequire(import.meta.url)
const tf = require('@tensorflow/tfjs')
const wasm = require('@tensorflow/tfjs-backend-wasm')
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js')

// The packages talk on standard output.
const print = console.log
console.log = console.error

const folderOf = (name) => dirname(require.resolve(`${name}/package.json`))
wasm.setWasmPaths(join(folderOf('@tensorflow/tfjs-backend-wasm'), 'dist/'))
await tf.setBackend('wasm')
await tf.ready()
const weights = join(folderOf('@vladmandic/face-api'), 'model')
for (const net of ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'])
  await faceapi.nets[net].loadFromDisk(weights)
const ocr = await Ocr.create()

const cpuSeconds = { pictures: 0, faces: 0, bibs: 0 }
async function timed(step, run) {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  cpuSeconds[step] += (user + system) / 1e6
  return result
}

async function drawAndDecode(path) {
  const bytes = await readFile(path)
  const upright = () => sharp(bytes).rotate()
  await upright().resize(2048, 2048, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer()
  await upright().resize(480, 480, { fit: 'inside' }).jpeg({ quality: 75 }).toBuffer()
  return upright().removeAlpha().raw().toBuffer({ resolveWithObject: true })
}

async function findFaces({ data, info }) {
  const tensor = tf.tensor3d(new Uint8Array(data), [info.height, info.width, 3], 'int32')
  const options = new faceapi.SsdMobilenetv1Options({ minConfidence: 0.5 })
  const found = await faceapi
    .detectAllFaces(tensor, options)
    .withFaceLandmarks()
    .withFaceDescriptors()
  tensor.dispose()
  return found.map(({ detection, descriptor }) => ({ area: detection.box.area, descriptor }))
}

/** Whole lines of one to six digits that the reader is rather sure of. */
async function readBibs(path) {
  const lines = await ocr.detect(path)
  return lines
    .filter(({ text, mean }) => /^\d{1,6}$/.test(text.trim()) && mean > 0.5)
    .map(({ text }) => text.trim())
}

async function recognize(path) {
  const picture = await timed('pictures', () => drawAndDecode(path))
  const faces = await timed('faces', () => findFaces(picture))
  const bibs = await timed('bibs', () => readBibs(path))
  return { path, bibs, faces, megapixels: (picture.info.width * picture.info.height) / 1e6 }
}

/** The distance up to which face-api's own matcher calls two faces one person. */
const MAX_DISTANCE = 0.6

async function search(path, photos) {
  const faces = await findFaces(await drawAndDecode(path))
  const [selfie] = faces.toSorted((a, b) => b.area - a.area)
  if (!selfie) return []
  const distance = (photo) =>
    Math.min(
      ...photo.faces.map((face) => faceapi.euclideanDistance(selfie.descriptor, face.descriptor)),
    )
  return photos
    .map((photo) => ({ path: photo.path, distance: distance(photo) }))
    .filter((match) => match.distance < MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance)
    .map((match) => match.path)
}

const { photos: paths, selfies } = await json(process.stdin)
await recognize(paths[0]) // first runs allocate and compile
Object.assign(cpuSeconds, { pictures: 0, faces: 0, bibs: 0 })
const start = performance.now()
const photos = []
for (const path of paths) photos.push(await recognize(path))
const seconds = (performance.now() - start) / 1000

const found = []
for (const selfie of selfies) found.push([selfie, await search(selfie, photos)])

const mean = (sum) => sum / photos.length
print(
  JSON.stringify({
    photosPerSecond: photos.length / seconds,
    cpuSeconds: {
      pictures: mean(cpuSeconds.pictures),
      bibs: mean(cpuSeconds.bibs),
      faces: mean(cpuSeconds.faces),
    },
    peakBytes: process.resourceUsage().maxRSS * 1024,
    megapixels: mean(photos.reduce((sum, { megapixels }) => sum + megapixels, 0)),
    bibs: photos.map(({ path, bibs }) => [path, bibs]),
    selfies: found,
  }),
)
process.exit(0)
