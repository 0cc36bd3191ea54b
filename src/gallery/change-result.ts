import { randomBytes } from 'node:crypto'
import type { Db } from '../db/connect.ts'
import type { Event } from '../events/index.ts'
import { eraseResult } from './erase-results.ts'
import { photoNotFound } from './errors.ts'
import { openResult } from './open-result.ts'
import { deleteNotMe, insertNotMe, updateShare } from './result-queries.ts'
import { hashToken, shareTokenOf } from './result-tokens.ts'

type Deps = { db: Db }
/** The holder's token. */
type Asked = { event: Pick<Event, 'id'>; token: string }

/** Notes that a photo found does not show the holder, or takes that back. @throws result_not_found, result_of_another, photo_not_found */
export async function correctResult(
  { db }: Deps,
  { photoId, isNotMe, ...asked }: Asked & { photoId: string; isNotMe: boolean },
): Promise<void> {
  const result = await openResult({ db }, { ...asked, as: 'holder' })
  const ref = { eventId: result.eventId, resultId: result.id }
  await db.transaction().execute(async (tx) => {
    if (!isNotMe) await deleteNotMe(tx, ref, photoId)
    else if (!(await insertNotMe(tx, ref, photoId))) throw photoNotFound(photoId)
  })
}

/** A token for friends; asked again, the same. @throws result_not_found, result_of_another */
export async function shareResult(
  { db }: Deps,
  asked: Asked,
): Promise<{ token: string; expiresAt: Date }> {
  const result = await openResult({ db }, { ...asked, as: 'holder' })
  const nonce = result.shareNonce ?? randomBytes(16)
  const token = shareTokenOf(asked.token, nonce)
  if (!result.shareNonce)
    await updateShare(
      db,
      { eventId: result.eventId, resultId: result.id },
      { shareNonce: nonce, shareHash: hashToken(token) },
    )
  return { token, expiresAt: result.expiresAt }
}

/** Locks friends out; another sharing makes another token. @throws result_not_found, result_of_another */
export async function unshareResult({ db }: Deps, asked: Asked): Promise<void> {
  const result = await openResult({ db }, { ...asked, as: 'holder' })
  const ref = { eventId: result.eventId, resultId: result.id }
  await updateShare(db, ref, { shareNonce: null, shareHash: null })
}

/** Forgets a search: its faces, what they found in photos and videos, and what was said of it. @throws result_not_found, result_of_another */
export async function forgetResult({ db }: Deps, asked: Asked): Promise<void> {
  const result = await openResult({ db }, { ...asked, as: 'holder' })
  await eraseResult(db, { eventId: result.eventId, resultId: result.id })
}
