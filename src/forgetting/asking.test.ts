import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addEvent, formOf, MANAGE } from '../../test/test-deps.ts'
import { findEvent } from '../events/index.ts'
import { followUps } from '../pipeline.ts'
import { askToHideBib, askToHideSelfie } from './index.ts'
import { ME, startSystemOfPeople, THIRD } from './people.fixture.ts'

const people = await startSystemOfPeople()
const { system, seen, addPhoto, searchBySelfie, searchByBib, receiptOf, untilErased } = people
const { ok, call, context, folder } = system

test('what a participant asks waits for the organiser, who may refuse; then the face is gone', async () => {
  const event = await addEvent(system)
  const photo = await addPhoto(event, [THIRD, '31'])
  seen.selfie = THIRD
  const found = await findEvent(context.db, event)
  if (!found) throw new Error('no event')
  const { enqueueForget } = followUps(context.queue.enqueue)
  const deps = { ...context, ...context.recognition, enqueueForget }
  const by = { askedBy: 'a participant', isConfirmed: false }
  const selfies = [Buffer.from('a picture')]
  const asked = await askToHideSelfie(deps, { event: found, selfies, isLasting: true, by })
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  expect((await receiptOf(event, { hiding_id: asked.id })).headers['x-error-code']).toBe(
    'receipt_not_ready',
  )
  await ok('DELETE', `${MANAGE}/event/${event}/hidings/${asked.id}`)
  expect(await readdir(join(folder, `objects/events/${event}/hidings`)).catch(() => [])).toEqual([])
  expect((await receiptOf(event, { hiding_id: asked.id })).headers['x-error-code']).toBe(
    'hiding_not_found',
  )

  const again = await askToHideBib(deps, { event: found, bib: '31', by })
  expect((await askToHideBib(deps, { event: found, bib: '0031', by })).id).toBe(again.id)
  expect(await searchByBib(event, '31')).toEqual([photo])
  const confirmed = await ok('POST', `${MANAGE}/event/${event}/hidings/${again.id}/confirm`)
  expect(confirmed).toMatchObject({ asked_by: 'a participant', confirmed_by: 'test' })
  await untilErased(event, confirmed)
  expect(await searchByBib(event, '31')).toEqual([])
})

test('in the gallery a participant asks, waits for the organiser, and is given the receipt', async () => {
  const event = await addEvent(system, { event_slug: 'hide-me', visibility: 'public' })
  const photo = await addPhoto(event, [THIRD, '55'])
  const gallery = '/api/v1/gallery/hide-me/hide-me'
  seen.selfie = THIRD
  const form = formOf(['me.jpg', Buffer.from('a picture')])
  const asked = await ok('POST', `${gallery}/selfie`, { form, key: null })
  expect(asked.status).toBe('asked')
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  const { hidings } = await ok('GET', `${MANAGE}/event/${event}/hidings`)
  expect(hidings).toMatchObject([{ hiding_id: asked.hiding_id, asked_by: 'a participant' }])
  // The organiser sees whom it concerns; looking hides nobody.
  const there = `${MANAGE}/event/${event}/hidings`
  const preview = await ok('GET', `${there}/${asked.hiding_id}/preview`)
  expect(preview).toMatchObject({
    photos: 1,
    video_passes: 0,
    bibs: [{ bib: '55', photos: 1 }],
    samples: [{ image_id: photo, boxes: [[80, 20, 40, 40]] }],
  })
  expect(await searchBySelfie(event, THIRD)).toEqual([photo])
  const listed = async (status: string) =>
    (await ok('GET', `${there}?status=${status}`)).pagination.total
  expect([await listed('asked'), await listed('confirmed'), await listed('erased')]).toEqual([
    1, 0, 0,
  ])
  await ok('POST', `${MANAGE}/event/${event}/hidings/${asked.hiding_id}/confirm`)
  await untilErased(event, asked)
  const { status, receipt } = await ok('GET', `${gallery}/${asked.hiding_id}`, { key: null })
  expect([status, receipt.removed.faces]).toEqual(['erased', 1])
  expect([await listed('asked'), await listed('confirmed'), await listed('erased')]).toEqual([
    0, 0, 1,
  ])
  expect(await searchBySelfie(event, THIRD)).toEqual([])

  // What the organiser hid is nobody else's business; nor is anything of a locked gallery.
  const own = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, { json: { bib: '55' } })
  expect((await call('GET', `${gallery}/${own.hiding_id}`, { key: null })).status).toBe(404)
  await addEvent(system, { event_slug: 'locked', visibility: 'link' })
  const locked = await call('POST', '/api/v1/gallery/locked/hide-me/bib', {
    json: { bib: '1' },
    key: null,
  })
  expect(locked.headers['x-error-code']).toBe('gallery_locked')
  const codes = []
  for (let i = 0; i < 12; i++)
    codes.push((await call('POST', `${gallery}/bib`, { json: { bib: `${i}` }, key: null })).status)
  expect(codes.at(-1)).toBe(429)
})

test('a receipt is genuine as it is and in no other form', async () => {
  const event = await addEvent(system, { event_name: 'Run of "quotes" & ünïcode' })
  await addPhoto(event, [ME, '5'])
  const hiding = await ok('POST', `${MANAGE}/event/${event}/hidings/by-bib`, { json: { bib: '5' } })
  const receipt = await untilErased(event, hiding)
  const verify = async (changed: object) =>
    (await call('POST', `${MANAGE}/receipts/verify`, { json: changed })).body.data?.verdict
  expect(await verify(receipt)).toBe('genuine')
  const reordered = Object.fromEntries(Object.entries(receipt).reverse())
  expect(await verify(reordered)).toBe('genuine')
  expect(await verify({ ...receipt, removed: { ...receipt.removed, faces: 9 } })).toBe('changed')
  expect(await verify({ ...receipt, bib: '6' })).toBe('changed')
  const key = 'A'.repeat(43)
  expect(await verify({ ...receipt, public_key: key })).toBe('of another installation')
  for (let i = 0; i < receipt.signature.length; i++) {
    const letter = receipt.signature[i] === 'A' ? 'B' : 'A'
    const signature = receipt.signature.slice(0, i) + letter + receipt.signature.slice(i + 1)
    expect([i, await verify({ ...receipt, signature })]).toEqual([i, 'changed'])
  }
  // The last letter holds bits that decode to nothing.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const twin = letters[letters.indexOf(receipt.signature.at(-1)) + 1]
  const signature = receipt.signature.slice(0, -1) + twin
  expect(Buffer.from(signature, 'base64url')).toEqual(Buffer.from(receipt.signature, 'base64url'))
  expect(await verify({ ...receipt, signature })).toBe('changed')
})
