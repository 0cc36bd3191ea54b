import { forgetBib } from '../bibs/index.ts'
import type { Db, Tx } from '../db/connect.ts'
import { type Event, findEvent, lockEvent } from '../events/index.ts'
import { eraseFaceFiles, forgetFaces } from '../faces/index.ts'
import { eraseResultsOfPerson } from '../gallery/index.ts'
import {
  destroyTemplateKey,
  findHiding,
  type Hiding,
  type HidingRef,
  type Hidings,
  resealTemplate,
  updateHiding,
} from '../hiding/index.ts'
import { type EnqueueVideoErase, eraseClipsOfThreads, forgetThreads } from '../motion/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type FoundPerson, findPerson, toForget } from './find-person.ts'
import { type ReceiptKey, signReceipt } from './receipt.ts'
import type { Removed } from './schema.ts'

export type EraseDeps = {
  db: Db
  store: ObjectStore
  hidings: Hidings
  receiptKey: ReceiptKey
  enqueueVideoErase: EnqueueVideoErase
}

/**
 * Removes all there is of a hidden person, and writes the receipt in the same transaction. Since the confirmation nothing new is
 * kept, so one look is enough. Safe to run again: it goes on where it was cut off.
 */
export async function erasePerson(
  deps: EraseDeps,
  ref: HidingRef,
  signal: AbortSignal,
): Promise<void> {
  const { db } = deps
  const hiding = await findHiding(db, ref)
  const event = await findEvent(db, ref.eventId)
  if (!hiding?.confirmedAt || !event) return // lifted or deleted since
  if (!hiding.erasedAt) {
    const found = await findPerson(deps, { event, hiding }, signal)
    await eraseClipsOfThreads(deps, event.id, found.threads)
    const { template } = found
    const sealed = hiding.kind === 'selfie' ? await resealTemplate(deps, ref, template) : undefined
    await db.transaction().execute((tx) => erase(deps, tx, { event, hiding, found, sealed }))
  }
  await eraseFaceFiles(deps, event.id)
  if (hiding.kind === 'selfie' && !hiding.lasting) await destroyTemplateKey(deps, ref)
}

async function erase(
  deps: EraseDeps,
  tx: Tx,
  {
    event: { id: eventId, name },
    hiding,
    found,
    sealed,
  }: { event: Event; hiding: Hiding; found: FoundPerson; sealed: Buffer | undefined },
): Promise<void> {
  if (!(await lockEvent(tx, eventId))) return
  const ref = { eventId, hidingId: hiding.id }
  const current = await findHiding(tx, ref)
  if (!current || current.erasedAt) return
  const bibs = hiding.kind === 'bib' ? await forgetBib(tx, toForget(hiding)) : NO_BIB
  const faces = await forgetFaces(tx, ref, found.faces)
  const photoIds = found.faces.map(({ photoId }) => photoId)
  await eraseResultsOfPerson(tx, { ...ref, template: found.template, photoIds })
  const videos = await forgetThreads(deps, tx, { eventId, threads: found.threads })
  const erasedAt = new Date()
  const removed: Removed = {
    faces: faces.faces,
    photos_with_face: faces.photos,
    search_hits: faces.searchHits,
    photos_with_bib: bibs.photos,
    bib_readings: bibs.readings,
    bib_verdicts: bibs.verdicts,
    participants: bibs.participants,
    video_tracks: videos.tracks,
    video_faces: videos.faces,
    video_bib_readings: videos.readings,
    video_matches: videos.matches,
    video_moments: videos.moments,
    clips: videos.clips,
  }
  const keepsFace = hiding.kind === 'selfie' && hiding.lasting
  const receipt = signReceipt(
    {
      document: 'trackside receipt of forgetting 1',
      hiding_id: hiding.id,
      event_id: eventId,
      event_name: name,
      kind: hiding.kind,
      bib: hiding.bib,
      keeps: hiding.kind === 'bib' ? 'the bib number' : keepsFace ? 'the face, sealed' : 'nothing',
      asked_by: hiding.askedBy,
      asked_at: hiding.askedAt.toISOString(),
      confirmed_by: hiding.confirmedBy ?? '',
      confirmed_at: hiding.confirmedAt?.toISOString() ?? '',
      erased_at: erasedAt.toISOString(),
      removed,
    },
    deps.receiptKey,
  )
  const template = keepsFace ? { template: sealed ?? current.template } : { template: null }
  await updateHiding(tx, ref, { erasedAt, receipt: JSON.stringify(receipt), ...template })
}

const NO_BIB = { photos: 0, readings: 0, verdicts: 0, participants: 0 }
