import type { Db, Tx } from '../db/connect.ts'
import { eventNotFound, lockEvent } from '../events/index.ts'
import { bibKey } from './bib-key.ts'
import { findStartList } from './find-start-list.ts'
import { parseStartList } from './parse-start-list.ts'
import { findReadingsAfter, lockStartListRevision, replaceParticipants } from './queries.ts'
import { showBibs } from './show-bibs.ts'

export type StartListDeps = {
  db: Db
  /** Has the event's bibs chosen again from the evidence there is. */
  republish: (tx: Tx, eventId: number) => Promise<void>
}

/**
 * Replaces an event's start list. Lines that cannot be used are told and left out.
 *
 * @throws start_list_invalid, event_not_found
 */
export async function setStartList(
  { db, republish }: StartListDeps,
  { eventId, csv }: { eventId: number; csv: Uint8Array },
): Promise<{ participants: number; rejected: { line: number; reason: string }[] }> {
  const { participants, rejected } = parseStartList(csv)
  await db.transaction().execute(async (tx) => {
    if (!(await lockEvent(tx, eventId))) throw eventNotFound(eventId)
    await replaceParticipants(
      tx,
      eventId,
      participants.map((row) => ({ eventId, bibKey: bibKey(row.bib), ...row })),
    )
    await republish(tx, eventId)
  })
  return { participants: participants.length, rejected }
}

const BATCH = 500
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000'

/** Chooses the bibs of every photo of an event again, from the stored evidence. Nothing is read again. */
export async function republishBibs(
  { db }: { db: Db },
  eventId: number,
  signal: AbortSignal,
): Promise<void> {
  for (let after = BEFORE_ALL; ; ) {
    signal.throwIfAborted()
    const last = await db.transaction().execute(async (tx) => {
      const revision = await lockStartListRevision(tx, eventId)
      if (revision === undefined) return undefined
      const list = await findStartList(tx, eventId, revision)
      const readings = await findReadingsAfter(tx, { eventId, after, limit: BATCH })
      const byPhoto = Map.groupBy(readings, ({ photoId }) => photoId)
      await showBibs(tx, eventId, { byPhoto, list })
      return readings.at(-1)?.photoId
    })
    if (last === undefined) return
    after = last
  }
}
