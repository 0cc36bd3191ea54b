import { bibKey } from '../bibs/index.ts'
import type { Db } from '../db/connect.ts'
import { assertFeature, type Event } from '../events/index.ts'
import { safeNames } from '../lib/zip/safe-names.ts'
import { type ZipFile, zipLength } from '../lib/zip/write-zip.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { findDownload, findOriginals, insertDownload, type Original } from './download-queries.ts'
import { downloadNotFound, downloadsOff, nothingToDownload, originalGone } from './errors.ts'
import { localTime } from './local-time.ts'
import { findSearchedModel, thresholdsOf } from './match-selfies.ts'
import { openResult } from './open-result.ts'
import { findPhotosOfBibs } from './queries.ts'
import { findMatches } from './result-queries.ts'
import { hashToken, newToken } from './result-tokens.ts'
import type { DownloadWish } from './schema.ts'

/** One ZIP holds no more; a person has some dozens. */
export const MAX_PHOTOS = 5000
const TTL_MS = 3600 * 1000

type Deps = { db: Db; store: ObjectStore }

/** @throws gallery_downloads_off */
export function assertDownloads({ galleryDownloads, name }: Event): void {
  if (!galleryDownloads) throw downloadsOff(name)
}

/**
 * Notes what a ZIP is to hold: photos by id, the sure ones of a result (all when none is sure), or those of a bib.
 *
 * @returns the secret of its URL, and how large it will be
 * @throws gallery_downloads_off, photo_not_found, result_not_found, feature_disabled
 */
export async function askDownload(
  deps: Deps,
  { event, wish }: { event: Event; wish: DownloadWish },
): Promise<{ secret: string; photos: number; bytes: number; expiresAt: Date }> {
  assertDownloads(event)
  const wanted = await findWanted(deps, event, wish)
  const originals = await findOriginals(deps.db, event.id, wanted)
  if (originals.length === 0) throw nothingToDownload()
  const secret = newToken()
  const expiresAt = new Date(Date.now() + TTL_MS)
  await insertDownload(deps.db, {
    eventId: event.id,
    hash: hashToken(secret),
    photoIds: originals.map(({ id }) => id),
    expiresAt,
  })
  const bytes = zipLength(filesOf(deps, event, originals))
  return { secret, photos: originals.length, bytes, expiresAt }
}

/**
 * The files of a ZIP that was asked for; photos deleted since are left out.
 *
 * @throws gallery_downloads_off, download_not_found
 */
export async function openDownload(
  deps: Deps,
  { event, secret }: { event: Event; secret: string },
): Promise<{ files: ZipFile[]; bytes: number }> {
  assertDownloads(event)
  const ref = { eventId: event.id, hash: hashToken(secret) }
  const download = await findDownload(deps.db, ref)
  if (!download) throw downloadNotFound()
  const files = filesOf(deps, event, await findOriginals(deps.db, event.id, download.photoIds))
  if (files.length === 0) throw downloadNotFound()
  return { files, bytes: zipLength(files) }
}

async function findWanted({ db }: Deps, event: Event, wish: DownloadWish): Promise<string[]> {
  if (wish.photo_ids) return wish.photo_ids
  if (wish.result !== undefined) {
    assertFeature(event, 'selfie_search')
    const result = await openResult({ db }, { event, token: wish.result, as: 'anybody' })
    const { sure } = thresholdsOf(event, await findSearchedModel(db, event.id))
    const matches = await findMatches(db, { eventId: event.id, resultId: result.id })
    const shown = matches.filter(({ isHidden }) => !isHidden)
    const certain = shown.filter(({ percentage }) => percentage >= sure)
    return (certain.length > 0 ? certain : shown).slice(0, MAX_PHOTOS).map(({ id }) => id)
  }
  assertFeature(event, 'bib_search')
  const asked = { eventId: event.id, bibKeys: [bibKey(wish.bib ?? '')] }
  const { rows } = await findPhotosOfBibs(db, asked, { offset: 0, limit: MAX_PHOTOS })
  return rows.map(({ id }) => id)
}

function filesOf({ store }: Deps, { timezone }: Event, originals: readonly Original[]): ZipFile[] {
  const names = safeNames(originals.map(({ fileName }) => fileName))
  return originals.map(({ id, originalKey, bytes, capturedAt }, i) => ({
    name: names[i]!,
    bytes: Number(bytes),
    wallTime: capturedAt ? localTime(capturedAt, timezone) : '',
    async open() {
      const object = await store.open(originalKey!)
      if (!object) throw originalGone(id)
      return object
    },
  }))
}
