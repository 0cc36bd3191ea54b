/**
 * Put into the page itself, before the app's scripts have come: draws the first photos where the app will draw them, from the
 * answers that came with the page. It knows no language and reacts to nothing; `takeOver` removes it.
 */
import { CHUNK } from '../grid/chunk.ts'
import { expectedHeight, justify } from '../grid/justify.ts'
import type { EventInfo, PhotoPage, Timeline } from '../types.ts'
import { hasScrubber } from './has-scrubber.ts'

type Given = Record<string, unknown>

draw()

function draw(): void {
  const [, e, name, more] = location.pathname.split('/')
  // A search, a result, a photo's own address: the app shows something else first.
  if (e !== 'e' || !name || more || location.search || location.hash) return
  const given: Given = JSON.parse(document.getElementById('given')?.textContent ?? '{}')
  const path = `/${encodeURIComponent(decodeURIComponent(name))}`
  const info = given[path] as EventInfo | undefined
  const page = given[`${path}/photos?offset=0&limit=${CHUNK}`] as PhotoPage | undefined
  if (!info || !page || page.photos.length === 0) return
  const first = make('div', 'first')
  first.id = 'first'
  first.inert = true
  first.ariaHidden = 'true'
  const photos = make('main', 'photos')
  first.append(header(info), dock(info, given[`${path}/timeline`] as Timeline | undefined), photos)
  document.body.prepend(first)
  photos.append(grid(photos, page))
}

function make(tag: string, className = ''): HTMLElement {
  const element = document.createElement(tag)
  element.className = className
  return element
}

function header({ name, date, downloads }: EventInfo): HTMLElement {
  const [top, title, line, day] = [
    make('header', 'event'),
    make('h1'),
    make('p', 'quiet'),
    make('span'),
  ]
  title.textContent = name
  if (date)
    day.textContent = new Date(`${date.slice(0, 10)}T00:00:00Z`).toLocaleDateString(
      navigator.languages as string[],
      { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' },
    )
  line.append(day)
  if (downloads) line.append(make('button', 'plain choose'))
  top.append(title, line)
  return top
}

/** Takes the room of the search box and the time line; on a desktop they stand above the photos. */
function dock({ searches }: EventInfo, timeline: Timeline | undefined): HTMLElement {
  const [bar, inner] = [make('section', 'dock'), make('div', 'inner')]
  const { bib, name, time, selfie } = searches
  if (bib || name || time || selfie) inner.append(make('div', 'find'))
  if (hasScrubber(timeline)) inner.append(make('div', 'rail'))
  bar.append(inner)
  return bar
}

function grid(photos: HTMLElement, { total, photos: shown }: PhotoPage): HTMLElement {
  const list = make('div', 'grid')
  photos.append(list)
  const width = list.clientWidth
  const ratios = shown.map((photo) => photo.width / photo.height)
  const height = total > CHUNK ? expectedHeight(CHUNK, width) : undefined
  const { boxes } = justify(ratios, height === undefined ? { width } : { width, height })
  const room = innerHeight - list.getBoundingClientRect().top
  for (const [at, box] of boxes.entries()) {
    if (box.top >= room) break
    const cell = make('div', 'cell')
    cell.style.transform = `translate(${box.left}px, ${box.top}px)`
    cell.style.width = `${box.width}px`
    cell.style.height = `${box.height}px`
    const image = make('img') as HTMLImageElement
    image.fetchPriority = 'high'
    image.alt = ''
    image.src = shown[at]!.thumb_url
    cell.append(image)
    list.append(cell)
  }
  return list
}
