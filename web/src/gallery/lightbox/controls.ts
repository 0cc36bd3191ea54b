import type PhotoSwipe from 'photoswipe'
import { address, eventPath, photoLink } from '../address.svelte.ts'
import { CLOCK, clock, say } from '../i18n/words.ts'
import { shareLink } from '../share.ts'
import type { EventInfo, Photo } from '../types.ts'

type Options = { info: EventInfo; photoAt: (index: number) => Photo | undefined }

const SHARE = 'M12 15V4m-4 3.5L12 3.5l4 4M6 12H5v8.5h14V12h-1'
const DOWNLOAD = 'M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14'

/** Share, download, and what is known of the photo. */
export function addControls(swipe: PhotoSwipe, { info, photoAt }: Options): void {
  const current = () => photoAt(swipe.currIndex)
  swipe.on('uiRegister', () => {
    if (info.downloads)
      swipe.ui?.registerElement({
        name: 'download',
        order: 8,
        isButton: true,
        tagName: 'a',
        title: say('download'),
        html: icon(DOWNLOAD),
        onInit(element) {
          element.setAttribute('download', '')
          swipe.on('change', () => {
            const photo = current()
            const path = `/api/v1/gallery/${encodeURIComponent(info.slug)}/photos/${photo?.id}/original`
            if (photo) element.setAttribute('href', path)
          })
        },
      })
    swipe.ui?.registerElement({
      name: 'share',
      order: 7,
      isButton: true,
      title: say('share'),
      html: icon(SHARE),
      onClick() {
        const photo = current()
        if (photo)
          void shareLink(photoLink(info.slug, photo.id), say('photosOf', { name: info.name }))
      },
    })
    swipe.ui?.registerElement({
      name: 'facts',
      order: 9,
      isButton: false,
      appendTo: 'root',
      onInit(element) {
        swipe.on('change', () => element.replaceChildren(...factsOf(swipe, info, current())))
      },
    })
  })
}

/** Its time, and its bibs as ways to all photos with them. */
function factsOf(swipe: PhotoSwipe, info: EventInfo, photo: Photo | undefined): Node[] {
  if (!photo) return []
  const time = document.createElement('span')
  time.textContent = photo.local_time
    ? clock(photo.local_time, { ...CLOCK, second: '2-digit' })
    : ''
  const bibs = photo.bibs.map((bib) => {
    const link = document.createElement('button')
    link.textContent = say('bib', { bib })
    link.onclick = () => {
      // In place of the photo's address: a step back, which comes at a time of its own, would undo the way forward.
      history.replaceState(null, '', `${eventPath(info.slug)}?q=${encodeURIComponent(bib)}`)
      swipe.on('destroy', () => address.read())
      swipe.close()
    }
    return link
  })
  return [time, ...bibs]
}

const icon = (path: string) =>
  `<svg class="pswp__icn line" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`
