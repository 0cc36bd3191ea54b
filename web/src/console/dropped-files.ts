/** A photo or a video to send. `handle` lets the browser open it again after the tab was closed, where it can (Chromium). */
export type Picked = { file: File; handle?: FileSystemFileHandle }

const PHOTO = /\.(jpe?g|png|webp|tiff?|avif|heic|heif)$/i
const VIDEO = /\.(mp4|m4v|mov|mkv|webm)$/i

/** What a file is, by its name; undefined: neither. */
export function kindOf({ name }: { name: string }): 'photo' | 'video' | undefined {
  if (name.startsWith('.')) return undefined
  if (PHOTO.test(name)) return 'photo'
  return VIDEO.test(name) ? 'video' : undefined
}
const isWanted = (file: { name: string }) => kindOf(file) !== undefined

type Handled = DataTransferItem & {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>
}

/** The photos and videos of what was dropped, folders with everything below them. */
export async function* dropped(data: DataTransfer): AsyncGenerator<Picked> {
  // Items are gone after the first wait: everything is asked for at once.
  const items = [...data.items].filter(({ kind }) => kind === 'file') as Handled[]
  const asked = items.map((item) => ({
    handle: item.getAsFileSystemHandle?.().catch(() => null),
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }))
  for (const { handle: asking, entry, file } of asked) {
    const handle = await asking
    if (handle) yield* belowHandle(handle)
    else if (entry) yield* belowEntry(entry)
    else if (file && isWanted(file)) yield { file }
  }
}

/** The photos and videos of a file input. */
export const chosen = (list: FileList | null): Picked[] =>
  [...(list ?? [])].filter(isWanted).map((file) => ({ file }))

async function* belowHandle(handle: FileSystemHandle): AsyncGenerator<Picked> {
  if (handle.kind === 'file') {
    const file = handle as FileSystemFileHandle
    if (isWanted(file)) yield { file: await file.getFile(), handle: file }
    return
  }
  for await (const child of (handle as FileSystemDirectoryHandle).values())
    yield* belowHandle(child)
}

async function* belowEntry(entry: FileSystemEntry): AsyncGenerator<Picked> {
  if (entry.isFile) {
    if (!isWanted(entry)) return
    yield {
      file: await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      ),
    }
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return
    for (const child of some) yield* belowEntry(child)
  }
}
