import { searchByBib } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { assertFeature, type Event } from '../events/index.ts'
import { findStoredSearch } from '../faces/index.ts'
import type { Slice } from '../http/paging.ts'
import { isUuid } from '../lib/ids.ts'
import { findPhotosById } from '../photos/index.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { imageNotFound } from './errors.ts'
import type { OriginalsRequest as Wanted } from './schema.ts'

export type OriginalUrl = { url: string; filename: string }
export type MissingOriginal = { image_id: string; error: string; path: null }
export type OriginalsPage = { urls: OriginalUrl[]; missing: MissingOriginal[]; total: number }

/** By the contract: how long a URL serves its original. */
const TTL_SECONDS = 3600

/**
 * Presigned URLs of unwatermarked originals. Photos that the event does not have are told as missing, on the first page.
 *
 * @throws feature_disabled, image_not_found, invalid_request_id, request_not_found
 */
export async function findOriginals(
  deps: { db: Db; store: ObjectStore },
  { event, wanted }: { event: Event; wanted: Wanted },
  slice: Slice,
): Promise<OriginalsPage> {
  const { ids, missing, total } = await pageOfIds(deps, { event, wanted }, slice)
  const photos = new Map(
    (await findPhotosById(deps.db, event.id, ids)).map((photo) => [photo.id, photo]),
  )
  const urls = ids.flatMap((id) => {
    const photo = photos.get(id)
    if (!photo?.originalKey) return []
    const url = deps.store.presign(photo.originalKey, {
      ttlSeconds: TTL_SECONDS,
      fileName: photo.fileName,
    })
    return [{ url, filename: photo.fileName }]
  })
  return { urls, missing, total }
}

async function pageOfIds(
  deps: { db: Db },
  { event, wanted }: { event: Event; wanted: Wanted },
  slice: Slice,
): Promise<{ ids: string[]; missing: MissingOriginal[]; total: number }> {
  const eventId = event.id
  switch (wanted.method) {
    case 'bib': {
      assertFeature(event, 'bib_search')
      const { rows, total } = await searchByBib(deps, { eventId, bib: wanted.identifier }, slice)
      return { ids: rows.map(({ id }) => id), missing: [], total }
    }
    case 'selfie': {
      assertFeature(event, 'selfie_search')
      const search = { eventId, requestId: wanted.identifier }
      const { rows, total } = await findStoredSearch(deps, search, slice)
      return { ids: rows.map(({ id }) => id), missing: [], total }
    }
    case 'image_id':
      return pageOfNamed(deps, { eventId, names: [wanted.identifier] }, slice)
    case 'image_ids':
      return pageOfNamed(deps, { eventId, names: wanted.identifier }, slice)
  }
}

/** Photos named by id, in the order named, each once. */
async function pageOfNamed(
  { db }: { db: Db },
  { eventId, names }: { eventId: number; names: readonly string[] },
  { offset, limit }: Slice,
) {
  const unique = [...new Set(names.map((name) => name.toLowerCase()))]
  const found = await findPhotosById(db, eventId, unique.filter(isUuid))
  const known = new Set(found.map(({ id }) => id))
  if (known.size === 0) throw imageNotFound(unique)
  const ids = unique.filter((id) => known.has(id))
  const missing = unique
    .filter((id) => !known.has(id))
    .map((id) => ({ image_id: id, error: 'No image of this event has this id', path: null }))
  return {
    ids: ids.slice(offset, offset + limit),
    missing: offset === 0 ? missing : [],
    total: ids.length,
  }
}
