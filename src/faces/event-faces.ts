import type { Db } from '../db/connect.ts'
import { coalesce } from '../lib/coalesce.ts'
import { fromBytes } from './embedding-bytes.ts'
import { type FaceModel, faceModelOf } from './engine/face-model.ts'
import { createIndexCache } from './index/index-cache.ts'
import { createPackedIndex, type Match, type PackedIndex } from './index/packed-index.ts'
import {
  findFacesAfter,
  findFacesSince,
  findHorizon,
  findRemovalsSince,
  findSearchedModels,
} from './queries.ts'

/** The faces of all events, searchable: indexes are loaded on demand and brought up to date before every search. */
export type EventFaces = {
  /** Every face of the event, as the model sees it, whose cosine with the query may reach `minCosine`, by id. */
  search(
    query: { eventId: number; model: FaceModel; embedding: Float32Array; minCosine: number },
    signal?: AbortSignal,
  ): Promise<Match[]>
  /** Brings deletions into memory, and lets go of models that are not searched any more: to be called every few seconds. */
  sweep(): Promise<void>
  /** Memory of the loaded indexes. */
  readonly bytes: number
  /** How many events are loaded. */
  readonly size: number
}

/** Packing 10,000 would hold the event loop for 10 ms. */
const LOAD_ROWS = 2000

/** @param maxBytes memory for all indexes together; the least recently used go first */
export function openEventFaces({ db }: { db: Db }, { maxBytes }: { maxBytes: number }): EventFaces {
  const loaded = new Map<string, LoadedEvent>()
  const cache = createIndexCache({
    maxBytes,
    load: async (key, signal) => {
      const event = await loadEvent({ db }, refOf(key), signal)
      loaded.set(key, event)
      return {
        event,
        get bytes() {
          return event.index.bytes
        },
        dispose() {
          if (loaded.get(key) === event) loaded.delete(key)
          event.index.dispose()
        },
      }
    },
  })
  return {
    search: ({ eventId, model, embedding, minCosine }, signal) =>
      cache.use(
        keyOf({ eventId, model }),
        async ({ event }) => {
          await event.refresh()
          return event.index.search(embedding, minCosine, signal)
        },
        signal,
      ),
    async sweep() {
      if (loaded.size === 0) return
      const refs = [...loaded.keys()].map((key) => ({ key, ...refOf(key) }))
      const searched = await findSearchedModels(
        db,
        refs.map(({ eventId }) => eventId),
      )
      for (const { key, eventId, model } of refs) {
        const isSearched = searched.get(eventId) === model.id
        if (isSearched) await cache.use(key, ({ event }) => event.refresh())
        else cache.drop(key)
      }
    },
    get bytes() {
      return cache.bytes
    },
    get size() {
      return cache.size
    },
  }
}

type EventRef = { eventId: number; model: FaceModel }

const keyOf = ({ eventId, model }: EventRef) => `${eventId}/${model.id}`

function refOf(key: string): EventRef {
  const slash = key.indexOf('/')
  return { eventId: Number(key.slice(0, slash)), model: faceModelOf(key.slice(slash + 1)) }
}

type LoadedEvent = { index: PackedIndex; refresh: () => Promise<void> }

async function loadEvent(
  { db }: { db: Db },
  { eventId, model }: EventRef,
  signal: AbortSignal,
): Promise<LoadedEvent> {
  const { id, dimensions, quantiserReach: reach } = model
  const index = createPackedIndex({ dimensions, reach })
  const add = (rows: { id: string; embedding: Buffer }[]) => {
    if (rows.length === 0) return
    const vectors = new Float32Array(rows.length * dimensions)
    rows.forEach(({ embedding }, row) => {
      vectors.set(fromBytes(embedding), row * dimensions)
    })
    index.add({ ids: rows.map((row) => Number(row.id)), vectors })
  }

  // Taken before the faces are read: what is committed meanwhile is told again by the next refresh.
  let horizon = await findHorizon(db)
  try {
    for (let after = '0'; ; ) {
      signal.throwIfAborted()
      const rows = await findFacesAfter(db, { eventId, model: id, after, limit: LOAD_ROWS })
      add(rows)
      const last = rows.at(-1)
      if (!last || rows.length < LOAD_ROWS) break
      after = last.id
    }
  } catch (error) {
    index.dispose()
    throw error
  }
  const refresh = coalesce(async () => {
    const next = await findHorizon(db)
    add(await findFacesSince(db, { eventId, model: id, horizon }))
    const removed = await findRemovalsSince(db, { eventId, horizon })
    index.remove(removed.map(({ faceId }) => Number(faceId)))
    horizon = next
  })
  return { index, refresh }
}
