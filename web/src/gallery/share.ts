import { say } from './i18n/words.ts'
import { toasts } from './toast.svelte.ts'

/** Hands a link to the phone's own share sheet; where there is none, copies it and says so. */
export async function shareLink(url: string, title: string): Promise<void> {
  if (navigator.share && matchMedia('(pointer: coarse)').matches) {
    await navigator.share({ url, title }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    })
    return
  }
  await copy(url)
  toasts.show(say('linkCopied'))
}

/** Pages that are not served by https have no clipboard of their own: the old way works there. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  document.body.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}
