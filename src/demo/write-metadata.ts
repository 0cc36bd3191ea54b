import type { Sharp } from 'sharp'
import type { PlannedPhoto } from './plan-photos.ts'
import { RACE } from './race.ts'

/**
 * The EXIF as the camera of a photo writes it: its own clock with its error, sub-seconds, an offset if it has one. The
 * photographer at the bridge has also put keywords into every second photo.
 */
export function writeMetadata(image: Sharp, photo: PlannedPhoto): Sharp {
  const { camera, frame, runners } = photo
  const [time, fraction] = cameraTime(photo)
  const withExif = image.withExif({
    IFD0: { Make: camera.make, Model: camera.model, DateTime: time },
    IFD2: {
      DateTimeOriginal: time,
      DateTimeDigitized: time,
      SubSecTimeOriginal: fraction,
      BodySerialNumber: camera.serial,
      ...(camera.offset && { OffsetTimeOriginal: camera.offset, OffsetTime: camera.offset }),
    },
  })
  const isTagged = camera.spot === 'bridge' && frame % 2 === 0
  return isTagged
    ? withExif.withXmp(makeXmp(['bridge', ...runners.map(({ bib }) => `bib:${bib}`)]))
    : withExif
}

/** What the camera's clock shows: `2025:06:15 09:12:33` and hundredths of a second. */
function cameraTime({ camera, takenAt }: PlannedPhoto): [time: string, fraction: string] {
  const shift = RACE.offsetMinutes * 60 + camera.clockErrorSeconds
  const shown = new Date(takenAt.getTime() + shift * 1000).toISOString()
  return [shown.slice(0, 19).replaceAll('-', ':').replace('T', ' '), shown.slice(20, 22)]
}

function makeXmp(keywords: string[]): string {
  const items = keywords.map((word) => `<rdf:li>${word}</rdf:li>`).join('')
  return (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">' +
    `<dc:subject><rdf:Bag>${items}</rdf:Bag></dc:subject>` +
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
  )
}
