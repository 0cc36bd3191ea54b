/**
 * What survives a closed tab: which files of an event have arrived, and, where the browser gives them, handles to those that
 * have not. Handles open nothing without the person's renewed leave. No key and no picture is kept.
 */
const NAME = 'trackside-uploads'
const DONE = 'done'
const WAITING = 'waiting'

let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(DONE)
      request.result.createObjectStore(WAITING)
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  return opened
}

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Names a file of an event without reading it. */
export const fingerprint = (eventId: number, file: File): string =>
  [eventId, file.name, file.size, file.lastModified].join('/')

const rangeOf = (eventId: number) => IDBKeyRange.bound(`${eventId}/`, `${eventId}/\uffff`)

export async function hasArrived(key: string): Promise<boolean> {
  const store = (await open()).transaction(DONE).objectStore(DONE)
  return (await answer(store.count(key))) > 0
}

export async function rememberWaiting(key: string, handle: FileSystemFileHandle): Promise<void> {
  await answer(
    (await open()).transaction(WAITING, 'readwrite').objectStore(WAITING).put(handle, key),
  )
}

/** Ends when it is kept whatever happens to the tab. */
export async function rememberArrived(key: string): Promise<void> {
  const transaction = (await open()).transaction([DONE, WAITING], 'readwrite')
  transaction.objectStore(WAITING).delete(key)
  transaction.objectStore(DONE).put(Date.now(), key)
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

/** Handles of the files that were on their way when the tab was closed. */
export async function findWaiting(eventId: number): Promise<FileSystemFileHandle[]> {
  const store = (await open()).transaction(WAITING).objectStore(WAITING)
  return answer(store.getAll(rangeOf(eventId)))
}

export async function forgetWaiting(eventId: number): Promise<void> {
  const store = (await open()).transaction(WAITING, 'readwrite').objectStore(WAITING)
  await answer(store.delete(rangeOf(eventId)))
}
