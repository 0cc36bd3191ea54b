import PhotoSwipe, { type SlideData } from 'photoswipe'
import 'photoswipe/style.css'
import './lightbox.css'
import { describePhoto } from '../describe.ts'
import { CHUNK } from '../grid/chunk.ts'
import type { Source } from '../grid/source.svelte.ts'
import { say } from '../i18n/words.ts'
import type { EventInfo, Photo } from '../types.ts'
import { addControls } from './controls.ts'

export type OpenOptions = {
  info: EventInfo
  source: Source
  index: number
  /** The grid that was tapped: pictures grow out of their places in it. */
  grid?: HTMLElement | undefined
  /** Told which photo was seen last. */
  onclose?: (index: number) => void
}

/** Previews are not larger, so there is no more to zoom into. */
const LONGEST_SIDE = 2048

/** Full screen with swipe and zoom; the back button leads out of it, and the address is that of the photo. */
export function openLightbox({ info, source, index, grid, onclose }: OpenOptions): void {
  const swipe = new PhotoSwipe({
    index,
    bgOpacity: 1,
    loop: false,
    preload: [1, 2],
    showHideAnimationType: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'none' : 'zoom',
    wheelToZoom: true,
    arrowPrev: true,
    arrowNext: true,
    zoom: true,
    closeTitle: say('close'),
    zoomTitle: say('zoom'),
    arrowPrevTitle: say('previous'),
    arrowNextTitle: say('next'),
    errorMsg: say('photoFailed'),
    paddingFn: () => ({ top: 0, bottom: 0, left: 0, right: 0 }),
  })
  swipe.addFilter('numItems', () => source.total)
  swipe.addFilter('itemData', (_data, at) =>
    slideOf(source, at, () => swipe.refreshSlideContent(at)),
  )
  swipe.addFilter(
    'thumbEl',
    (element, _data, at) =>
      (grid?.querySelector<HTMLElement>(`[data-index="${at}"] img`) ?? element) as HTMLElement,
  )
  addControls(swipe, { info, photoAt: (at) => source.at(at) })

  const addressOf = (photo: Photo | undefined) => (photo ? `#p=${photo.id}` : location.hash)
  const leave = () => swipe.close()
  history.pushState(null, '', addressOf(source.at(index)))
  addEventListener('popstate', leave, { once: true })
  swipe.on('change', () => history.replaceState(null, '', addressOf(source.at(swipe.currIndex))))
  swipe.on('close', () => {
    removeEventListener('popstate', leave)
    if (location.hash.startsWith('#p=')) history.back()
  })
  swipe.on('destroy', () => onclose?.(swipe.currIndex))
  swipe.on('afterInit', () => swipe.element?.setAttribute('aria-label', say('photoList')))
  swipe.init()
}

/** A photo that is not here yet shows as waiting, and in its place once it has come. */
function slideOf(source: Source, at: number, refresh: () => void): SlideData {
  const photo = source.at(at)
  if (!photo) {
    source.need(Math.floor(at / CHUNK)).then(refresh, refresh)
    return { html: '<div class="pswp-waiting"></div>' }
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(photo.width, photo.height))
  return {
    src: photo.preview_url,
    msrc: photo.thumb_url,
    width: Math.round(photo.width * scale),
    height: Math.round(photo.height * scale),
    alt: describePhoto(photo),
    thumbCropped: true,
  }
}
