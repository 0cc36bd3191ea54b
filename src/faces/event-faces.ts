import type pg from 'pg'
import { coalesce } from '../lib/coalesce.ts'
import { copyFacesAfter } from './copy-faces.ts'
import { fromBytes } from './embedding-bytes.ts'
import { type FaceModel, faceModelOf } from './engine/face-model.ts'
import { type FaceFileDeps, readFaceFile, writeFaceFile } from './face-files.ts'
import { createIndexCache } from './index/index-cache.ts'
import { createPackedIndex, type Match, type PackedIndex } from './index/packed-index.ts'
import { findSearchedModels } from './model-queries.ts'
import { findFacesSince, findHorizon, findRemovalsSince } from './queries.ts'

/** The faces of all events, searchable: indexes are loaded on demand and brought up to date before every search. */
export type EventFaces = {
  /** Every face of the event, as the model sees it, whose cosine with the query may reach `minCosine`, by id. */
  search(
    query: { eventId: number; model: FaceModel; embedding: Float32Array; minCosine: number },
    signal?: AbortSignal,
  ): Promise<Match[]>
  /**
   * Brings deletions into memory, lets go of models that are not searched any more, and writes large indexes to files that load
   * faster than rows: to be called every few seconds.
   */
  sweep(): Promise<void>
  /** Memory of the loaded indexes. */
  readonly bytes: number
  /** How many events are loaded. */
  readonly size: number
}

/** So many are read by one statement: some tenths of a second. */
const LOAD_ROWS = 100_000

/** Fewer faces come from the database as fast as from a file. */
const LEAST_FACES_IN_FILE = 10_000
/** A file this much behind is written anew: what it lacks is asked for whenever it is loaded. */
const STALE_SHARE = 0.1
/** Between two files of an event. */
const FILE_EVERY_MS = 60_000

type Limits = {
  /** Memory for all indexes together; the least recently used go first. */
  maxBytes: number
  /** Events with fewer faces get no file. */
  leastInFile?: number
}

export type EventFacesDeps = FaceFileDeps & { pool: pg.Pool }

export function openEventFaces(
  deps: EventFacesDeps,
  { maxBytes, leastInFile = LEAST_FACES_IN_FILE }: Limits,
): EventFaces {
  const { db } = deps
  let isWriting = false
  const loaded = new Map<string, LoadedEvent>()
  const cache = createIndexCache({
    maxBytes,
    load: async (key, signal) => {
      const event = await loadEvent(deps, refOf(key), signal)
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

  /** Writes the files that are due, one at a time: the longest takes seconds, and a sweep does not wait for it. */
  async function writeFiles() {
    if (isWriting) return
    isWriting = true
    try {
      for (const [key, { index, isFileDue }] of [...loaded])
        if (index.size >= leastInFile && isFileDue())
          await cache.use(key, ({ event }) => event.writeFile())
    } finally {
      isWriting = false
    }
  }

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
      await writeFiles()
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

type LoadedEvent = {
  index: PackedIndex
  refresh: () => Promise<void>
  isFileDue: () => boolean
  writeFile: () => Promise<void>
}

async function loadEvent(
  deps: EventFacesDeps,
  ref: EventRef,
  signal: AbortSignal,
): Promise<LoadedEvent> {
  const { db } = deps
  const { eventId, model } = ref
  const stored = await readFaceFile(deps, ref, signal)
  const { index, ...state } = stored ?? (await loadRows(deps, ref, signal))
  let { horizon } = state
  let changes = stored ? 0 : Number.POSITIVE_INFINITY // since the file
  let writtenAt = Number.NEGATIVE_INFINITY
  const refresh = coalesce(async () => {
    const next = await findHorizon(db)
    const added = await findFacesSince(db, { eventId, model: model.id, horizon })
    addRows(index, model, added)
    const removed = await findRemovalsSince(db, { eventId, horizon })
    index.remove(removed.map(({ faceId }) => Number(faceId)))
    // A deleted photo takes the file with it, so that one is due however few faces it had.
    changes += removed.length > 0 ? Number.POSITIVE_INFINITY : added.length
    horizon = next
  })
  return {
    index,
    refresh,
    isFileDue: () =>
      changes > STALE_SHARE * index.size && performance.now() - writtenAt > FILE_EVERY_MS,
    async writeFile() {
      writtenAt = performance.now()
      const before = changes
      changes = 0
      let isKept = false
      try {
        isKept = await writeFaceFile(deps, { ...ref, index, horizon })
      } finally {
        if (!isKept) changes += before
      }
    },
  }
}

/** All faces from the database, and since when changes must be asked for. */
async function loadRows(
  { db, pool }: EventFacesDeps,
  { eventId, model }: EventRef,
  signal: AbortSignal,
) {
  const { dimensions, quantiserReach: reach } = model
  const index = createPackedIndex({ dimensions, reach })
  // Taken before the faces are read: what is committed meanwhile is told again by the next refresh.
  const horizon = await findHorizon(db)
  try {
    for (let after = 0; ; ) {
      signal.throwIfAborted()
      let rows = 0
      for await (const faces of copyFacesAfter(pool, { eventId, model, after, limit: LOAD_ROWS })) {
        index.add(faces)
        rows += faces.ids.length
        after = faces.ids.at(-1)!
      }
      if (rows < LOAD_ROWS) return { index, horizon }
    }
  } catch (error) {
    index.dispose()
    throw error
  }
}

function addRows(
  index: PackedIndex,
  { dimensions }: FaceModel,
  rows: readonly { id: string; embedding: Buffer }[],
) {
  if (rows.length === 0) return
  const vectors = new Float32Array(rows.length * dimensions)
  rows.forEach(({ embedding }, row) => {
    vectors.set(fromBytes(embedding), row * dimensions)
  })
  index.add({ ids: rows.map((row) => Number(row.id)), vectors })
}
