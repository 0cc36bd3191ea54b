import type { Db, Tx } from '../db/connect.ts'
import { assertFeature, type Event, shareEvent } from '../events/index.ts'
import {
  type FaceModel,
  type MatchDeps,
  type ReadSelfie,
  type SelfieReader,
  showsHidden,
  toBytes,
} from '../faces/index.ts'
import type { Hidings } from '../hiding/index.ts'
import { newId } from '../lib/ids.ts'
import {
  hidingsChanged,
  resultNotFound,
  selfieMissing,
  selfieNoFace,
  tooManySelfies,
} from './errors.ts'
import { findSearchedModel, refreshMatches } from './match-selfies.ts'
import { openResult } from './open-result.ts'
import { findSelfies, insertResult, insertSelfies, type ResultRef } from './result-queries.ts'
import { hashToken, newToken } from './result-tokens.ts'

export type SelfieDeps = MatchDeps & {
  hidings: Hidings
  selfieReader: SelfieReader
  /** Where else the face is looked for while the selfies are known: in videos. */
  noteSelfie: (search: {
    event: Event
    requestId: string
    selfies: readonly Uint8Array[]
    read: ReadSelfie
  }) => Promise<void>
}

/** More than this of one person gain nothing, and each is compared at every look. */
const MAX_SELFIES = 10
const DAY_MS = 24 * 3600 * 1000

/**
 * Finds the person of some selfies, or adds them to what a search found before. The pictures are held in memory only; of each face
 * the embedding is kept until the result expires; of somebody who asked not to be found, nothing, and nothing is found.
 *
 * @param token of the holder of an earlier result
 * @returns the holder's token
 * @throws selfie_missing, selfie_empty, selfie_not_a_picture, selfie_no_face, recognition_busy, result_not_found,
 *   result_of_another, validation_failed
 */
export async function takeSelfies(
  deps: SelfieDeps,
  {
    event,
    selfies,
    token,
  }: { event: Event; selfies: readonly Uint8Array[]; token?: string | undefined },
  signal?: AbortSignal,
): Promise<string> {
  if (selfies.length === 0) throw selfieMissing()
  const earlier =
    token === undefined ? undefined : await openResult(deps, { event, token, as: 'holder' })
  const model = await findSearchedModel(deps.db, event.id)
  const faces = await readFaces(deps, { selfies, model }, signal)

  const holderToken = token ?? newToken()
  const ref: ResultRef = { eventId: event.id, resultId: earlier?.id ?? newId() }
  const rows = faces.map(({ embedding }) => ({
    ...ref,
    id: newId(),
    model: model.id,
    embedding: toBytes(embedding),
  }))
  const { version } = await deps.hidings.find(deps.db, event.id)
  const looks = { event, selfies, queries: faces.map(({ embedding }) => embedding), model }
  const isHidden = await showsHidden(deps, looks, signal)
  await deps.db.transaction().execute(async (tx) => {
    // Who is confirmed as hidden from here on waits for us, and is looked for among our rows.
    const current = await shareEvent(tx, event.id)
    if (!current) throw resultNotFound()
    assertFeature(current, 'selfie_search')
    if ((await deps.hidings.find(tx, event.id)).version !== version) throw hidingsChanged()
    if (!earlier) await insertResult(tx, newResult(event, ref, holderToken))
    else await assertRoom(tx, ref, rows.length)
    if (!isHidden) await insertSelfies(tx, rows)
  })
  if (!isHidden)
    for (const [i, { selfie, embedding }] of faces.entries()) {
      const read = { model, embedding }
      await deps.noteSelfie({ event, requestId: rows[i]!.id, selfies: [selfie], read })
    }
  if ((await refreshMatches(deps, { event, resultId: ref.resultId }, signal)) !== 'anew')
    throw resultNotFound()
  return holderToken
}

type Face = { selfie: Uint8Array; embedding: Float32Array }

/** One face a selfie that shows one. @throws selfie_no_face when none does */
async function readFaces(
  { selfieReader }: Pick<SelfieDeps, 'selfieReader'>,
  { selfies, model }: { selfies: readonly Uint8Array[]; model: FaceModel },
  signal?: AbortSignal,
): Promise<Face[]> {
  const faces: Face[] = []
  for (const selfie of selfies) {
    const embedding = await selfieReader(selfie, signal, model.id)
    if (embedding) faces.push({ selfie, embedding })
  }
  if (faces.length === 0) throw selfieNoFace()
  return faces
}

const newResult = (
  { selfieDays, retentionDaysSearches }: Event,
  { eventId, resultId }: ResultRef,
  token: string,
) => ({
  eventId,
  id: resultId,
  tokenHash: hashToken(token),
  expiresAt: new Date(
    Date.now() + Math.min(selfieDays, retentionDaysSearches ?? selfieDays) * DAY_MS,
  ),
})

async function assertRoom(tx: Tx | Db, ref: ResultRef, more: number): Promise<void> {
  if ((await findSelfies(tx, ref)).length + more > MAX_SELFIES) throw tooManySelfies(MAX_SELFIES)
}
