import { watermarkInvalid } from './errors.ts'

const MAX_BYTES = 1_000_000

/**
 * Refuses SVG that is more than a drawing: scripts, anything that refers to the outside, entities. The renderer (librsvg) runs no scripts and loads nothing from a
 * buffer; this is the second lock, and what browsers rely on that are shown the file.
 *
 * The patterns are strict rather than clever. They look at the text as written and once more with its character
 * references decoded, so that neither `&#115;cript` nor `url(&#104;ttp:` slips through.
 *
 * @throws AppError `watermark_invalid`, saying what to remove
 */
export function checkSvg(bytes: Uint8Array): void {
  if (bytes.length > MAX_BYTES) throw watermarkInvalid('The SVG is over 1 MB. Simplify it.')
  const written = decodeUtf8(bytes)
  if (!/<svg[\s>]/.test(written)) throw watermarkInvalid('The file is not an SVG.')
  for (const text of [written, decodeReferences(written)]) {
    const found = FORBIDDEN.find(([pattern]) => pattern.test(text))
    if (found) throw watermarkInvalid(`The SVG has ${found[1]}`)
  }
}

/** Whether the drawing has letters that need a font. */
export const hasText = (bytes: Uint8Array): boolean =>
  tags('text').test(decodeReferences(decodeUtf8(bytes)))

const FORBIDDEN: ReadonlyArray<readonly [RegExp, string]> = [
  [/<!DOCTYPE|<!ENTITY/i, 'a DOCTYPE or entities. Save it as “plain” or “optimised” SVG.'],
  [/<\?(?!xml\s)/i, 'a processing instruction (“<?…”). Remove it.'],
  [/encoding\s*=\s*["'](?!utf-?8["'])/i, 'an encoding other than UTF-8. Save it as UTF-8.'],
  [tags('script|handler|listener'), 'a script. Remove it.'],
  [/[\s"'/]on\w+\s*=/i, 'an event handler (“on…=”). Remove it.'],
  [/(?:java|vb)script\s*:/i, 'a script in a link. Remove it.'],
  [
    tags('foreignObject|iframe|embed|object|audio|video|canvas|include|a|animate\\w*|set'),
    'foreign, linked or moving content. Export it as a plain still drawing.',
  ],
  [tags('tref|font|font-face'), 'a font. Convert the text to paths.'],
  [
    /(?:href|src)\s*=(?!\s*(["'])(?:#|data:image\/(?:png|jpeg);base64,)[^"']*\1)/i,
    'a reference to another file. Embed pictures as PNG or JPEG.',
  ],
  [/url\s*\((?!\s*["']?#)/i, 'a reference to another file in its style. Remove it.'],
  [/@import|@font-face|\\/i, 'imports, fonts or escapes in its style. Remove them.'],
]

/** Start tags of these names, with any namespace prefix. */
function tags(names: string): RegExp {
  return new RegExp(`<(?:[\\w.-]+:)?(?:${names})(?=[\\s/>])`, 'i')
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw watermarkInvalid('The SVG is not UTF-8 text. Save it as plain SVG.', cause)
  }
}

const decodeReferences = (text: string) =>
  text.replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?/gi, (_, hex?: string, decimal?: string) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\\'
  })
