import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Font, PathCommand } from 'opentype.js'

const require = createRequire(import.meta.url)

/** opentype.js is CommonJS whose names Node cannot see, and its types lack the default export. */
const { parse } = require('opentype.js') as typeof import('opentype.js')

export type TextOutline = {
  /** SVG path data; the baseline is y = 0 and the text starts at x = 0. */
  readonly path: string
  readonly width: number
  readonly capHeight: number
}

const FONT_SIZE = 100
const FILES = ['inter-latin-800-normal.woff', 'inter-latin-ext-800-normal.woff']

/**
 * The outline of a line of text in Inter ExtraBold, `undefined` when the font lacks one of its letters. Latin with all
 * its accents is there; scripts that must be shaped (Arabic, Devanagari) are not.
 */
export function outlineText(text: string): TextOutline | undefined {
  let x = 0
  const commands: PathCommand[] = []
  for (const letter of text.normalize('NFC')) {
    const font = loadFonts().find((candidate) => candidate.charToGlyphIndex(letter) > 0)
    if (!font) return undefined
    const glyph = font.charToGlyph(letter)
    commands.push(...glyph.getPath(x, 0, FONT_SIZE).commands)
    x += ((glyph.advanceWidth ?? font.unitsPerEm) * FONT_SIZE) / font.unitsPerEm
  }
  const path = commands.map(formatCommand).join('')
  return { path, width: x, capHeight: FONT_SIZE * 0.727 } // Inter's capitals: 2048 units an em, 1490 high
}

/** Not opentype.js's own `toPathData`: it writes 3.2,-0.04 as `3.20`, one number instead of two. */
function formatCommand(command: PathCommand): string {
  const { type, x1, y1, x2, y2, x, y } = { ...NO_POINTS, ...command }
  const numbers = [x1, y1, x2, y2, x, y].filter((value) => value !== undefined)
  return type + numbers.map((value) => value.toFixed(1)).join(' ')
}

const NO_POINTS = {
  x1: undefined,
  y1: undefined,
  x2: undefined,
  y2: undefined,
  x: undefined,
  y: undefined,
}

let fonts: Font[] | undefined

/** Read once (two files, 80 kB, 20 ms), when a text is first drawn. */
function loadFonts(): Font[] {
  fonts ??= FILES.map((name) => {
    const { buffer, byteOffset, byteLength } = readFileSync(
      require.resolve(`@fontsource/inter/files/${name}`),
    )
    return parse(buffer.slice(byteOffset, byteOffset + byteLength))
  })
  return fonts
}
