import sharp from 'sharp'
import { addEvent, jpeg, startSystem, upload } from '../test-deps.ts'
import { listen } from './browser.ts'

/** A face of 128 numbers that has this cosine with the face along the first axis. */
function face(cosine: number, axis = 1): Float32Array {
  const vector = new Float32Array(128)
  vector[0] = cosine
  vector[axis] = Math.sqrt(1 - cosine * cosine)
  return vector
}
/** Who is in the photos of these widths: three times certainly the person of the selfie, once perhaps. */
const FACES: Record<number, Float32Array> = {
  303: face(0.96),
  306: face(0.97),
  310: face(0.98),
  312: face(0.928, 7),
}

/**
 * A system that browsers reach: the public Harbour Run with seventy photos from nine o'clock on, each with its width as its bib and with 777;
 * and events that are locked by a link or a password, empty, and over.
 */
export async function startHarbourRun() {
  /** The selfies as they came. */
  const sent: object[] = []
  const system = await startSystem({
    bibReader: async ({ width }) =>
      [String(width), '777'].map((text, at) => ({
        text,
        score: 0.97,
        fullText: text,
        kind: 'digits',
        box: [40 + 100 * at, 100, 60, 30],
      })),
    faceFinder: async ({ width }) =>
      [FACES[width]].flatMap((embedding) =>
        embedding
          ? [
              {
                score: 0.99,
                quality: 0.9,
                box: [10, 10, 80, 80],
                landmarks: [20, 30, 60, 30, 40, 50, 25, 70, 55, 70],
                embedding,
                model: 'dlib-resnet-v1',
              },
            ]
          : [],
      ),
    selfieReader: async (selfie) => {
      const { width, height, orientation, format } = await sharp(selfie).metadata()
      sent.push({ width, height, orientation, format })
      return width && width > 900 ? undefined : face(1)
    },
  })
  const base = await listen(system)
  const event = await addEvent(system, {
    event_name: 'Harbour Run',
    event_slug: 'harbour',
    event_date: '2026-06-14T09:00:00',
    timezone: 'Europe/Lisbon',
    status: 'active',
    visibility: 'public',
  })
  const photos: [string, Buffer][] = []
  for (let at = 0; at < 70; at++) {
    const minute = String(at % 60).padStart(2, '0')
    const exif = { DateTimeOriginal: `2026:06:14 ${at < 60 ? '09' : '11'}:${minute}:00` }
    const size = at % 3 ? { width: 300 + at, height: 200 } : { width: 300 + at, height: 450 }
    photos.push([`${at}.jpg`, await jpeg({ ...size, exif })])
  }
  await upload(system, event, ...photos)
  const locked = async (slug: string, settings: object) => {
    const id = await addEvent(system, {
      event_name: `Race ${slug}`,
      event_slug: slug,
      status: 'active',
      ...settings,
    })
    await upload(system, id, ['a.jpg', await jpeg()])
    return id
  }
  const lockedByLink = await locked('by-link', { visibility: 'link' })
  await locked('by-word', { visibility: 'password', gallery_password: 'Fartlek-42' })
  await addEvent(system, {
    event_name: 'Empty',
    event_slug: 'empty',
    status: 'active',
    visibility: 'public',
  })
  await locked('over', { visibility: 'public', status: 'archived' })
  return { system, base, sent, lockedByLink }
}
