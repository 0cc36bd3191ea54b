import { ask } from './api.ts'
import { say } from './i18n/words.ts'
import { toasts } from './toast.svelte.ts'
import type { Download } from './types.ts'

export type What = { photo_ids: string[] } | { result: string } | { bib: string }

/** Up to this size the page itself takes the archive and shows how far it is; the browser does so with larger ones. */
const MOST_IN_PAGE_BYTES = 200e6

/** The download in hand; one at a time. */
class Downloads {
  current = $state<{ done: number; all: number }>()
  #stop: AbortController | undefined

  /** @param slug the event, part of the archive's name */
  async start(slug: string, what: What) {
    this.#stop?.abort()
    const stop = new AbortController()
    this.#stop = stop
    this.current = { done: 0, all: 0 }
    try {
      const path = `/${encodeURIComponent(slug)}/downloads`
      const made = await ask<Download>('POST', path, { json: what, signal: stop.signal })
      if (made.bytes > MOST_IN_PAGE_BYTES) {
        save(made.url, `${slug}.zip`)
        toasts.show(say('browserDownloads'))
        return
      }
      const archive = await this.#receive(made, stop.signal)
      const url = URL.createObjectURL(archive)
      save(url, `${slug}.zip`)
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
      toasts.show(say('downloaded'))
    } catch (error) {
      if (!stop.signal.aborted) toasts.show(say('downloadFailed'))
      if (!(error instanceof Error)) throw error
    } finally {
      if (this.#stop === stop) this.current = undefined
    }
  }

  cancel() {
    this.#stop?.abort()
  }

  async #receive({ url, bytes }: Download, signal: AbortSignal): Promise<Blob> {
    const answer = await fetch(url, { signal })
    if (!answer.ok || !answer.body) throw new Error(`the archive: status ${answer.status}`)
    const all = Number(answer.headers.get('Content-Length')) || bytes
    const parts: Uint8Array<ArrayBuffer>[] = []
    let done = 0
    for await (const part of answer.body) {
      parts.push(part)
      done += part.length
      this.current = { done, all: Math.max(all, done) }
    }
    return new Blob(parts, { type: 'application/zip' })
  }
}

export const downloads = new Downloads()

function save(url: string, name: string) {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
}
