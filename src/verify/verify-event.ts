import type { Tx } from '../db/connect.ts'
import { eventFolder } from '../events/index.ts'
import { originalKey, type PhotoRef } from '../photos/index.ts'
import { previewKey } from '../stamp/index.ts'
import { eachOf } from './each-of.ts'
import type { Findings, Wish } from './findings.ts'
import { eachPhoto, findOwners, forgetStamps } from './queries.ts'
import { findStrayVideoObjects, type VerifyVideosDeps } from './verify-videos.ts'

export type VerifyDeps = VerifyVideosDeps & {
  hasOpenJobs: (eventId: number) => Promise<boolean>
  enqueuePrepare: (tx: Tx, ...photos: PhotoRef[]) => Promise<void>
  restamp: (tx: Tx, eventId: number) => Promise<void>
  erase: (tx: Tx, eventId: number) => Promise<void>
}

const BATCH = 500
/** An object comes before its row, and goes after it: a younger one may be on its way. */
const YOUNG_MS = 3600 * 1000

/** Every row of an event has its objects and its job: adds to the findings, and mends what can be mended. */
export async function verifyRows(
  { db, store, findWaiting, enqueuePrepare, restamp }: VerifyDeps,
  { id: eventId, stampRecipe }: { id: number; stampRecipe: string },
  findings: Findings,
  { repair, report }: Wish,
): Promise<void> {
  let hasStale = false
  for await (const photos of eachPhoto(db, eventId, BATCH)) {
    findings.photos += photos.length
    const withoutPreviews: string[] = []
    await eachOf(photos, async (photo) => {
      const ref = { eventId, photoId: photo.id }
      if (photo.originalKey && !(await store.stat(photo.originalKey))) {
        findings.lostOriginals++
        report(`event ${eventId}: the original of photo ${photo.id} is lost`)
      }
      if (photo.status !== 'done' || !photo.stampRecipe) return
      const recipe = photo.stampRecipe
      const found = await Promise.all(
        (['large', 'small'] as const).map((size) => store.stat(previewKey(ref, recipe, size))),
      )
      if (!found.includes(undefined)) return
      withoutPreviews.push(photo.id)
      report(`event ${eventId}: photo ${photo.id} has no previews`)
    })
    findings.missingPreviews += withoutPreviews.length
    hasStale ||= photos.some(
      (photo) => photo.status === 'done' && photo.stampRecipe !== stampRecipe,
    )

    const pending = photos.filter(({ status }) => status === 'pending').map(({ id }) => id)
    const waiting = await findWaiting(pending, 'photo')
    const forgotten = pending.filter((id) => !waiting.has(id))
    findings.forgottenPhotos += forgotten.length
    for (const id of forgotten)
      report(`event ${eventId}: photo ${id} waits for a job that is not there`)
    if (!repair || withoutPreviews.length + forgotten.length === 0) continue
    await db.transaction().execute(async (tx) => {
      await forgetStamps(tx, eventId, withoutPreviews)
      await enqueuePrepare(tx, ...forgotten.map((photoId) => ({ eventId, photoId })))
    })
    hasStale ||= withoutPreviews.length > 0
  }
  if (repair && hasStale) await db.transaction().execute((tx) => restamp(tx, eventId))
}

/** Every object of an event has its row. What lies in folders that other parts of the program own is counted, not judged. */
export async function verifyObjects(
  { db, store }: VerifyDeps,
  eventId: number,
  findings: Findings,
  { repair, report }: Wish,
): Promise<void> {
  const judge = async (keys: readonly string[]) => {
    const ids = [...new Set(keys.flatMap((key) => photoOf(key) ?? []))]
    const owners = await findOwners(db, eventId, ids)
    const owned = new Set(
      owners.flatMap(({ id: photoId, originalKey, stampRecipe }) => [
        originalKey,
        ...(['large', 'small'] as const).map(
          (size) => stampRecipe && previewKey({ eventId, photoId }, stampRecipe, size),
        ),
      ]),
    )
    await eachOf(
      [
        ...keys.filter((key) => photoOf(key) && !owned.has(key)),
        ...(await findStrayVideoObjects(db, eventId, keys)),
      ],
      async (key) => {
        const object = await store.stat(key)
        if (!object || Date.now() - object.modifiedAt.valueOf() < YOUNG_MS) return
        findings.strayObjects++
        report(`event ${eventId}: object ${key} belongs to no photo or video`)
        if (repair) await store.remove(key)
      },
    )
  }
  let keys: string[] = []
  for await (const key of store.list(eventFolder(eventId))) {
    findings.objects++
    keys.push(key)
    if (keys.length < BATCH) continue
    await judge(keys)
    keys = []
  }
  await judge(keys)
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** The photo that an original or a preview is named after. */
function photoOf(key: string): string | undefined {
  const [photoId] = UUID.exec(key) ?? []
  const eventId = Number(key.split('/')[1])
  if (photoId === undefined) return undefined
  const isOriginal = key === originalKey({ eventId, photoId })
  return isOriginal || key.startsWith(`${eventFolder(eventId)}/previews/`) ? photoId : undefined
}
