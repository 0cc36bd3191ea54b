/** The text of the first element of a name in an answer of the store; S3's answers repeat no name inside itself. */
export const textOf = (xml: string, name: string): string | undefined => allOf(xml, name)[0]

/** The contents of all elements of a name. */
export const allOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, content = '']) => unescapeXml(content),
  )

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Only of texts: an element that holds elements keeps its own entities for those. */
const unescapeXml = (text: string) =>
  text.includes('<')
    ? text
    : text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([0-9a-f]+));/gi, (_, name, decimal, hex) =>
        name ? (ENTITIES[name] ?? '') : String.fromCodePoint(Number(decimal ?? `0x${hex}`)),
      )

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
