import { expect, test } from 'vitest'
import { sharp } from '../media/sharp.ts'
import { loadWatermark } from './watermark-art.ts'

const svg = (inside: string, root = '') =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" viewBox="0 0 300 200" ${root}>` +
      `<circle cx="150" cy="100" r="50" fill="#e30"/>${inside}</svg>`,
  )

const png = (width: number, height: number, background: object) =>
  sharp({ create: { width, height, channels: 4, background: background as never } })
    .png()
    .toBuffer()

const FAINT = { r: 255, g: 255, b: 255, alpha: 0.4 }
const SOLID = { r: 200, g: 0, b: 0, alpha: 1 }

test('a plain SVG is laid over the whole preview, with its proportions', async () => {
  const art = await loadWatermark(svg(''), 'image/svg+xml')
  expect(await drawnBox(art, 600, 400)).toEqual({ left: 200, top: 100, right: 400, bottom: 300 })
  expect(await drawnBox(art, 300, 300)).toEqual({ left: 100, top: 100, right: 200, bottom: 200 })
})

test('a long logo stands at the middle of the bottom edge', async () => {
  const art = await loadWatermark(await png(800, 100, SOLID), 'image/png')
  expect(await drawnBox(art, 600, 400)).toEqual({ left: 0, top: 325, right: 600, bottom: 400 })
  const high = await loadWatermark(await png(100, 400, SOLID), 'image/png')
  expect(await drawnBox(high, 600, 384)).toEqual({ left: 288, top: 288, right: 312, bottom: 384 })
})

test('the same art has the same id, other art another', async () => {
  const [first, again, other] = await Promise.all(
    ['', '', '<path d="M0 0h9v9z"/>'].map((inside) => loadWatermark(svg(inside), 'image/svg+xml')),
  )
  expect(again!.id).toBe(first!.id)
  expect(other!.id).not.toBe(first!.id)
})

test.each([
  ['embedded pictures', '<image href="data:image/png;base64,iVBORw0KGgo=" width="1" height="1"/>'],
  ['references inside', '<defs><path id="a" d="M0 0h5v5z"/></defs><use href="#a"/>'],
  ['gradients', '<linearGradient id="g"/><rect width="9" height="9" fill="url(#g)"/>'],
  ['styles', '<style>.a{fill:url(#g);stroke:none}</style><path class="a" d="M0 0h9v9z"/>'],
  ['metadata', '<metadata><rdf xmlns="http://example.org/#" resource="http://a.b"/></metadata>'],
])('an SVG with %s is taken', async (_name, inside) => {
  await expect(loadWatermark(svg(inside), 'image/svg+xml')).resolves.toBeDefined()
})

test.each([
  ['a script', '<script>alert(1)</script>', /script/],
  ['a script with a prefix', '<svg:script xmlns:svg="x">alert(1)</svg:script>', /script/],
  ['a handler', '<rect onload="alert(1)"/>', /event handler/],
  ['a handler without a blank', '<rect id="a"onclick="alert(1)"/>', /event handler/],
  ['a link', '<a href="#x"><rect/></a>', /linked/],
  ['a foreignObject', '<foreignObject><body/></foreignObject>', /foreign/],
  ['an animation', '<animate attributeName="x"/>', /moving/],
  ['a web address', '<image href="https://evil.example/a.png"/>', /reference/],
  ['a file', '<image xlink:href="file:///etc/passwd"/>', /reference/],
  ['a path', '<image href="../../secret.png"/>', /reference/],
  ['a use of another file', "<use href='other.svg#a'/>", /reference/],
  ['an unquoted reference', '<image href=a.png />', /reference/],
  ['an SVG in an SVG', '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', /reference/],
  ['an outside style', '<style>@import "https://evil.example/a.css";</style>', /imports/],
  ['an outside fill', '<rect fill="url(https://evil.example/#a)"/>', /reference/],
  [
    'an outside fill in hidden letters',
    '<rect fill="url(&#104;ttp://evil.example/)"/>',
    /reference/,
  ],
  ['a function in hidden letters', '<rect style="fill:&#x75;rl(http://e.example)"/>', /reference/],
  ['an escaped function', '<rect style="fill:u\\72l(http://evil.example)"/>', /escapes/],
  ['an inclusion', '<xi:include href="#x" xmlns:xi="http://www.w3.org/2001/XInclude"/>', /foreign/],
  ['a font', '<font><glyph/></font>', /paths/],
])('an SVG with %s is refused and the message says what to remove', async (_name, inside, why) => {
  await expect(loadWatermark(svg(inside), 'image/svg+xml')).rejects.toMatchObject({
    code: 'watermark_invalid',
    message: expect.stringMatching(why),
  })
})

test.each([
  ['entities', '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>', /DOCTYPE/],
  ['a style sheet', '<?xml-stylesheet href="https://evil.example/a.css"?>', /instruction/],
  ['another encoding', '<?xml version="1.0" encoding="UTF-7"?>', /UTF-8/],
])('an SVG with %s before its root is refused', async (_name, prolog, why) => {
  const bytes = Buffer.concat([Buffer.from(prolog), svg('')])
  await expect(loadWatermark(bytes, 'image/svg+xml')).rejects.toMatchObject({
    code: 'watermark_invalid',
    message: expect.stringMatching(why),
  })
})

test.each([
  [
    'UTF-16',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>', 'utf16le'),
    /not an SVG|UTF-8/,
  ],
  ['no SVG', Buffer.from('hello'), /not an SVG/],
  ['unclosed', svg('').subarray(0, -6), /damaged|drawn/],
  ['over 1 MB', svg(`<path d="${'M0 0h9'.repeat(200_000)}"/>`), /1 MB/],
  [
    'empty',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /nothing/,
  ],
  [
    'huge',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="9999"/>'),
    /16 meg/,
  ],
])('an SVG that is %s is refused', async (_name, bytes, why) => {
  await expect(loadWatermark(bytes, 'image/svg+xml')).rejects.toMatchObject({
    code: 'watermark_invalid',
    message: expect.stringMatching(why),
  })
})

test('a PNG must be one, whole and visible', async () => {
  const load = (bytes: Uint8Array) => loadWatermark(bytes, 'image/png')
  const refused = (why: RegExp) => ({
    code: 'watermark_invalid',
    message: expect.stringMatching(why),
  })
  await expect(load(Buffer.from('hello'))).rejects.toMatchObject(refused(/not a PNG/))
  await expect(load(svg(''))).rejects.toMatchObject(refused(/not a PNG/))
  const whole = await png(300, 200, FAINT)
  await expect(load(whole)).resolves.toBeDefined()
  await expect(load(whole.subarray(0, 80))).rejects.toMatchObject(refused(/damaged|drawn/))
  await expect(load(await png(300, 200, { ...FAINT, alpha: 0 }))).rejects.toMatchObject(
    refused(/nothing/),
  )
})

type Drawable = Awaited<ReturnType<typeof loadWatermark>>

/** The box of the pixels that are at least half drawn; right and bottom are exclusive. */
async function drawnBox(art: Drawable, width: number, height: number) {
  const pixels = await art.draw({ width, height })
  const box = { left: width, top: height, right: 0, bottom: 0 }
  for (let i = 0; i < width * height; i++) {
    if (pixels[i * 4 + 3]! < 128) continue
    const [x, y] = [i % width, Math.floor(i / width)]
    box.left = Math.min(box.left, x)
    box.top = Math.min(box.top, y)
    box.right = Math.max(box.right, x + 1)
    box.bottom = Math.max(box.bottom, y + 1)
  }
  return box
}

test('opaque art does not hide the photo: it stands at the bottom edge', async () => {
  const art = await loadWatermark(await png(300, 200, SOLID), 'image/png')
  const preview = { width: 300, height: 200 }
  const pixels = await art.draw(preview)
  const alphaAt = (x: number, y: number) => pixels[(y * preview.width + x) * 4 + 3]
  expect([alphaAt(150, 100), alphaAt(150, 199)]).toEqual([0, 255])
})
