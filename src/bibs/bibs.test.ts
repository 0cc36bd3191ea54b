import { expect, test } from 'vitest'
import {
  addEvent,
  EXT,
  jpeg,
  MANAGE,
  startSystem,
  untilIdle,
  upload,
} from '../../test/test-deps.ts'
import type { BibRead } from './engine/bib-read.ts'

const read = (text: string, score: number, more: Partial<BibRead> = {}): BibRead => ({
  text,
  score,
  fullText: text,
  kind: 'digits',
  box: [100, 100, 80, 40],
  ...more,
})
let reads: BibRead[] = []
const system = await startSystem({ bibReader: async () => reads })
const { ok, call } = system

const found = async (eventId: number, bib: string) =>
  (await ok('GET', `${EXT}/event/${eventId}/bibs/${encodeURIComponent(bib)}`)).pagination.total
const bibsOf = async (eventId: number) =>
  (await ok('GET', `${MANAGE}/event/${eventId}/photos`)).photos.flatMap(
    (photo: { bibs: { bib: string }[] }) => photo.bibs.map(({ bib }) => bib),
  )
const putList = (eventId: number, csv: string) =>
  ok('PUT', `${MANAGE}/event/${eventId}/start-list`, { body: Buffer.from(csv), type: 'text/csv' })

test('a photo is found by a bib the reader was sure of, not by one it was unsure of', async () => {
  const event = await addEvent(system)
  reads = [read('1042', 0.93), read('777', 0.31, { box: [400, 100, 80, 40] })]
  await upload(system, event, ['a.jpg', await jpeg()])
  expect([await found(event, '1042'), await found(event, '777')]).toEqual([1, 0])
  const nothing = await call('GET', `${EXT}/event/${event}/bibs/777`)
  expect(nothing.body).toMatchObject({
    message: 'No images found for bib number 777',
    data: { pagination: { total: 0, currentPage: 0, totalPages: 0 } },
  })
})

test('case, leading zeros and blanks around a bib do not matter', async () => {
  const event = await addEvent(system)
  reads = [read('1042', 0.95)]
  await upload(system, event, ['a.jpg', await jpeg()])
  for (const bib of ['1042', '01042', ' 1042 ', '00001042']) expect(await found(event, bib)).toBe(1)
})

test('a start list that comes later chooses again from the stored evidence, without reading again', async () => {
  const event = await addEvent(system)
  reads = [read('104', 0.9), read('7', 0.95, { box: [500, 100, 80, 40] })]
  await upload(system, event, ['a.jpg', await jpeg()])
  expect(await bibsOf(event)).toEqual(['104'])

  reads = [read('9999', 0.99)]
  const { participants, rejected } = await putList(
    event,
    '\ufeffbib;name\n7;Ada\n7;Twice\n;Nobody\n',
  )
  expect(participants).toBe(1)
  expect(rejected.map(({ line }: { line: number }) => line)).toEqual([3, 4])
  await untilIdle(system, event)
  expect(await bibsOf(event)).toEqual(['7'])
})

test('bibs with letters are found when the start list has them, however they are written', async () => {
  const event = await addEvent(system)
  await putList(event, 'bib\nF12\n')
  reads = [read('12', 0.9, { fullText: 'F12' }), read('F12', 0.9, { kind: 'alphanumeric' })]
  await upload(system, event, ['a.jpg', await jpeg()])
  expect([await found(event, 'f12'), await found(event, 'F12'), await found(event, '12')]).toEqual([
    1, 1, 0,
  ])
})

test("a photographer's keyword is evidence, shown when the start list has it", async () => {
  const event = await addEvent(system)
  reads = []
  const { default: sharp } = await import('sharp')
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>321</rdf:li><rdf:li>sunset</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`
  const tagged = await sharp(await jpeg())
    .withXmp(xmp)
    .jpeg()
    .toBuffer()
  await upload(system, event, ['a.jpg', tagged])
  expect(await found(event, '321')).toBe(0)
  await putList(event, 'bib\n321\n')
  await untilIdle(system, event)
  expect(await found(event, '321')).toBe(1)
})

test('a start list without a column bib is refused and the old one stays', async () => {
  const event = await addEvent(system)
  const answer = await call('PUT', `${MANAGE}/event/${event}/start-list`, {
    body: Buffer.from('number,name\n1,Ada\n'),
    type: 'text/csv',
  })
  expect(answer.status).toBe(422)
  expect(answer.headers['x-error-code']).toBe('start_list_invalid')
  expect(answer.body.message).toMatch(/bib/)
})
