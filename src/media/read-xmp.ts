export type Xmp = {
  /** In order of trust, as written: ISO 8601, perhaps with an offset. */
  readonly times: string[]
  readonly subjects: string[]
  readonly serialNumber: string | undefined
}

/**
 * The few fields wanted from an XMP packet, found by pattern: writers agree on the prefixes, and packets are too often
 * damaged for a strict XML parser.
 *
 * @param xml anything; what is not XMP yields nothing
 */
export function readXmp(xml: string): Xmp {
  const times = TIME_FIELDS.flatMap((field) => findValue(xml, field) ?? [])
  const list = /<dc:subject\b[^>]*>([\s\S]*?)<\/dc:subject>/.exec(xml)?.[1] ?? ''
  const items = list.matchAll(/<rdf:li\b[^>]*>([^<]*)<\/rdf:li>/g)
  return {
    times,
    subjects: [...items].map(([, text = '']) => unescapeXml(text)),
    serialNumber: findValue(xml, 'exifEX:BodySerialNumber') ?? findValue(xml, 'aux:SerialNumber'),
  }
}

const TIME_FIELDS = ['exif:DateTimeOriginal', 'photoshop:DateCreated', 'xmp:CreateDate']

/** XMP writes a simple value as an attribute or as an element. */
function findValue(xml: string, field: string): string | undefined {
  const pattern = new RegExp(`\\s${field}="([^"]*)"|<${field}>([^<]*)</${field}>`)
  const [, attribute, element] = pattern.exec(xml) ?? []
  const value = attribute ?? element
  return value === undefined ? undefined : unescapeXml(value).trim()
}

const unescapeXml = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
