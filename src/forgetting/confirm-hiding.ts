import type { Db, Tx } from '../db/connect.ts'
import { eventNotFound, lockEvent } from '../events/index.ts'
import {
  deleteHiding,
  destroyTemplateKey,
  findHiding,
  type Hiding,
  type HidingRef,
  updateHiding,
} from '../hiding/index.ts'
import { isUuid } from '../lib/ids.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { hidingNotFound } from './errors.ts'

export type EnqueueForget = (tx: Tx, hiding: HidingRef) => Promise<void>

/**
 * Makes a hiding hold: whoever stores something of the person after this transaction leaves it out. What there is goes by a job.
 * The event's row must be locked.
 */
export async function confirmHiding(
  { enqueueForget }: { enqueueForget: EnqueueForget },
  tx: Tx,
  { eventId, id: hidingId }: Pick<Hiding, 'eventId' | 'id'>,
  confirmedBy: string,
): Promise<Hiding> {
  const ref = { eventId, hidingId }
  const confirmed = await updateHiding(tx, ref, { confirmedAt: new Date(), confirmedBy })
  if (!confirmed) throw hidingNotFound(hidingId)
  await enqueueForget(tx, ref)
  return confirmed
}

/** Confirms what a participant asked. Once more does nothing. @throws hiding_not_found, event_not_found */
export async function confirmAskedHiding(
  deps: { db: Db; enqueueForget: EnqueueForget },
  ref: HidingRef,
  confirmedBy: string,
): Promise<Hiding> {
  return deps.db.transaction().execute(async (tx) => {
    if (!(await lockEvent(tx, ref.eventId))) throw eventNotFound(ref.eventId)
    const hiding = await requireHiding(tx, ref)
    return hiding.confirmedAt ? hiding : confirmHiding(deps, tx, hiding, confirmedBy)
  })
}

/**
 * Refuses or lifts a hiding: the sealed face and its key go. What was removed stays removed; later photos show the person again.
 *
 * @throws hiding_not_found
 */
export async function liftHiding(
  { db, store }: { db: Db; store: ObjectStore },
  ref: HidingRef,
): Promise<void> {
  await requireHiding(db, ref)
  await deleteHiding(db, ref)
  await destroyTemplateKey({ store }, ref)
}

/** @throws hiding_not_found */
export async function requireHiding(db: Db, ref: HidingRef): Promise<Hiding> {
  const hiding = isUuid(ref.hidingId) ? await findHiding(db, ref) : undefined
  if (!hiding) throw hidingNotFound(ref.hidingId)
  return hiding
}
