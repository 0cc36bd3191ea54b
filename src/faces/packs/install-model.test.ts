import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Download, MANIFEST, type Manifest } from '../manifest.ts'
import { serveFiles } from './file-server.fixture.ts'
import { installModel } from './install-model.ts'

const NET = randomBytes(300_000)
const signal = AbortSignal.timeout(60_000)

/** A manifest with one model of one file. */
function manifestOf(download: Partial<Download> = {}): Manifest {
  const net = {
    role: 'detector',
    url: 'https://models.invalid/net.onnx',
    bytes: NET.length,
    sha256: createHash('sha256').update(NET).digest('hex'),
    licence: 'Apache-2.0',
    commercialUse: true,
    origin: 'a test',
    ...download,
  }
  const model = { ...MANIFEST.faces.models['built-in']!, detector: 'net', embedders: [] }
  const faces = { ...MANIFEST.faces, downloads: { 'net.onnx': net }, models: { net: model } }
  return { faces: { ...faces, detectors: { net: { files: ['net.onnx'] } } } }
}

let modelsDir: string
let close = () => {}
let hasArrived = (_bytes: number) => {}
beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'trackside-models-'))
})
afterEach(async () => {
  close()
  await rm(modelsDir, { recursive: true })
})

async function serve(served: Partial<Parameters<typeof serveFiles>[0]> = {}) {
  const server = await serveFiles({ files: { 'net.onnx': NET }, ...served })
  close = server.close
  hasArrived = server.hasArrived
  return server
}

const progress: number[] = []
const install = (
  mirror: URL | undefined,
  manifest = manifestOf(),
  acceptedLicences: string[] = [],
) =>
  installModel(manifest, 'net', {
    modelsDir,
    mirror,
    acceptedLicences,
    onProgress: (_file, { bytes }) => {
      progress.push(bytes)
      hasArrived(bytes)
    },
    signal,
  })

test('a model is downloaded once, with progress, and lies in its folder as it was sent', async () => {
  const { url, requests } = await serve()
  progress.length = 0
  expect(await install(url)).toEqual(['net.onnx'])
  expect(await readFile(join(modelsDir, 'net.onnx'))).toEqual(NET)
  expect(progress.at(-1)).toBe(NET.length)
  expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  expect(await install(url)).toEqual([])
  expect(requests).toHaveLength(1)
})

test('a download that breaks off goes on where it stopped', async () => {
  const { url, requests } = await serve({ cutAfter: [100_000] })
  await install(url)
  expect(await readFile(join(modelsDir, 'net.onnx'))).toEqual(NET)
  expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-'])
})

test('what a stopped install had received is kept for the next', async () => {
  const first = await serve({ cutAfter: [120_000, 0, 0, 0, 0] })
  await expect(install(first.url)).rejects.toThrow(/broke off at 120000 of 300000 bytes/)
  expect(await readdir(modelsDir)).toEqual(['net.onnx.part'])
  first.close()
  const { url, requests } = await serve()
  await install(url)
  expect(requests).toEqual([{ path: 'net.onnx', range: 'bytes=120000-' }])
  expect(await readFile(join(modelsDir, 'net.onnx'))).toEqual(NET)
})

test('other bytes than the manifest names are thrown away', async () => {
  const { url } = await serve({ files: { 'net.onnx': randomBytes(NET.length) } })
  await expect(install(url)).rejects.toThrow(/sha256 .* thrown away/)
  expect(await readdir(modelsDir)).toEqual([])
})

test('a licence that forbids commercial use must be accepted by its name', async () => {
  const { url, requests } = await serve()
  const manifest = manifestOf({ licence: 'CC-BY-NC-4.0', commercialUse: false })
  await expect(install(url, manifest)).rejects.toThrow(/--accept-licence CC-BY-NC-4.0/)
  await expect(install(url, manifest, ['MIT'])).rejects.toThrow(/may not be used commercially/)
  expect(requests).toEqual([])
  expect(await install(url, manifest, ['CC-BY-NC-4.0'])).toEqual(['net.onnx'])
})

test('plain http is refused but from this machine, also when a server redirects to it', async () => {
  await expect(install(new URL('http://models.invalid/'))).rejects.toThrow(/over https only/)
  const server = createServer((_request, response) => {
    response.writeHead(302, { location: 'http://models.invalid/net.onnx' }).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  close = () => server.close()
  const { port } = server.address() as AddressInfo
  await expect(install(new URL(`http://127.0.0.1:${port}/`))).rejects.toThrow(/over https only/)
})

test('a server that lacks the file is told, not tried again', async () => {
  const { url, requests } = await serve({ files: {} })
  await expect(install(url)).rejects.toThrow(/answers 404/)
  expect(requests).toHaveLength(1)
})

test('an unknown name is answered with the names that there are', async () => {
  const options = { modelsDir, acceptedLicences: [], onProgress: () => {}, signal }
  await expect(installModel(MANIFEST, 'toString', options)).rejects.toThrow(/built-in, yunet/)
})
