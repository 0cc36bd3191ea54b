import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { EXT, formOf, jpeg, MANAGE, startSystem, upload } from '../../test/test-deps.ts'
import type { BibRead } from '../bibs/index.ts'
import { FACE_MODEL, type FoundFace, toBytes } from '../faces/index.ts'

/** A unit vector of 128 numbers that is nobody else's. */
function person(axis: number): Float32Array {
  const vector = new Float32Array(128)
  vector[axis] = 0.35
  const rest = Math.sqrt(1 - 0.35 ** 2)
  for (let i = 64; i < 128; i++) vector[i] = ((i * (axis + 3)) % 7 < 3 ? 1 : -1) * (rest / 8)
  return vector
}
export const ME = person(1)
export const OTHER = person(5)
export const THIRD = person(9)

/** A face of 40 px whose chest is at `x`, 130. */
export const face = (embedding: Float32Array, x = 100): FoundFace => ({
  score: 0.9,
  quality: 0.9,
  box: [x - 20, 20, 40, 40],
  landmarks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  model: FACE_MODEL.id,
  embedding,
})
export const bib = (text: string, x = 100, more: Partial<BibRead> = {}): BibRead => ({
  text,
  fullText: text,
  kind: 'digits',
  score: 0.99,
  box: [x - 25, 120, 50, 20],
  ...more,
})

/** A system whose photos show whom a test says, with what asks it to hide them and looks whether they are gone. */
export async function startSystemOfPeople() {
  /** What the photos that come next show, and the selfie. */
  const seen: { faces: FoundFace[]; reads: BibRead[]; selfie: Float32Array | undefined } = {
    faces: [],
    reads: [],
    selfie: undefined,
  }
  const system = await startSystem({
    faceFinder: async (_picture, _signal, model) =>
      seen.faces.map((one) => ({ ...one, model: model ?? FACE_MODEL.id })),
    bibReader: async () => seen.reads,
    selfieReader: async () => seen.selfie,
  })
  const { ok, call, context, folder } = system

  /** Adds a photo of these people, from left to right; `null` shows no number. */
  async function addPhoto(
    event: number,
    ...people: [Float32Array, string | null][]
  ): Promise<string> {
    seen.faces = people.map(([embedding], i) => face(embedding, 100 + 200 * i))
    seen.reads = people.flatMap(([, number], i) =>
      number === null ? [] : [bib(number, 100 + 200 * i)],
    )
    const [photo] = await upload(system, event, ['photo.jpg', await jpeg()])
    return photo?.image_id ?? ''
  }
  const images = (data: { images: { image_id: string }[] }) =>
    data.images.map(({ image_id }) => image_id).sort()
  async function searchBySelfie(
    event: number,
    who: Float32Array,
    requestId = '',
  ): Promise<string[]> {
    seen.selfie = who
    const form = formOf(['me.jpg', Buffer.from('a picture')])
    if (requestId) form.append('request_id', requestId)
    return images(await ok('POST', `${EXT}/event/${event}/faces`, { form }))
  }
  const searchByBib = async (event: number, number: string) =>
    images(await ok('GET', `${EXT}/event/${event}/bibs/${number}`))

  async function hideSelfie(event: number, who: Float32Array, lasting = 'true') {
    seen.selfie = who
    const form = formOf(['me.jpg', Buffer.from('a picture')])
    form.append('lasting', lasting)
    return ok('POST', `${MANAGE}/event/${event}/hidings/by-selfie`, { form })
  }
  const receiptOf = async (event: number, { hiding_id }: { hiding_id: string }) =>
    call('GET', `${MANAGE}/event/${event}/hidings/${hiding_id}/receipt`)
  /** Waits until all is gone; its receipt. */
  async function untilErased(event: number, hiding: { hiding_id: string }) {
    await expect.poll(async () => (await receiptOf(event, hiding)).status).toBe(200)
    return (await receiptOf(event, hiding)).body.data
  }

  /** Every row of every table, as PostgreSQL writes it. */
  async function dump(): Promise<string> {
    const tables = await context.pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not like 'pg\\_%'`,
    )
    const texts = []
    for (const { name } of tables.rows) {
      const { rows } = await context.pool.query(`select t::text as row from ${name} as t`)
      texts.push(...rows.map(({ row }) => row))
    }
    return texts.join('\n')
  }
  /** Every file of the data folder: objects, uploads, caches. */
  async function files(): Promise<Buffer> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    return Buffer.concat(
      await Promise.all(
        found
          .filter((file) => file.isFile())
          .map((file) => readFile(join(file.parentPath, file.name))),
      ),
    )
  }
  /** Where vectors lie rounded: they are to go whole. */
  async function packedFiles(event: number): Promise<string[]> {
    const keys: string[] = []
    for await (const key of context.store.list(`events/${event}/faces`)) keys.push(key)
    return keys
  }
  async function isAnywhere(embedding: Float32Array): Promise<boolean> {
    const bytes = toBytes(embedding)
    const text = await dump()
    return (
      [bytes.toString('hex'), bytes.toString('base64'), String([...embedding])].some((form) =>
        text.includes(form),
      ) || (await files()).includes(bytes)
    )
  }

  return {
    system,
    seen,
    addPhoto,
    searchBySelfie,
    searchByBib,
    hideSelfie,
    receiptOf,
    untilErased,
    dump,
    packedFiles,
    isAnywhere,
  }
}
