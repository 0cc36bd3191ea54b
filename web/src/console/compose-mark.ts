export type Orientation = 'landscape' | 'portrait'
export const ORIENTATIONS: readonly Orientation[] = ['landscape', 'portrait']

/** Where the mark stands: column and row of a 3 × 3 grid, or in rows all over. */
export type Place = 'tiles' | `${'left' | 'centre' | 'right'} ${'top' | 'middle' | 'bottom'}`

export type Design = {
  place: Place
  /** Width of one mark, as a share of the photo's, 0 to 1. */
  size: number
  opacity: number
}

/** Art of the photo's proportions is laid over all of it: the server needs no idea of places. */
const SIDES = { landscape: [2400, 1600], portrait: [1600, 2400] } as const
const MARGIN = 0.03

/** Draws a logo or text where the design says, on a transparent canvas of the photo's proportions; a PNG. */
export async function composeMark(
  source: HTMLImageElement | string,
  { place, size, opacity }: Design,
  orientation: Orientation,
): Promise<Blob> {
  const [width, height] = SIDES[orientation]
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw.')
  context.globalAlpha = opacity
  const mark = typeof source === 'string' ? drawText(source) : source
  const markWidth = width * size
  const markHeight = (markWidth * mark.height) / mark.width
  if (place === 'tiles') drawTiles(context, mark, { markWidth, markHeight, width, height })
  else {
    const [column = 'centre', row = 'middle'] = place.split(' ')
    const gap = MARGIN * Math.min(width, height)
    const left = { left: gap, centre: (width - markWidth) / 2, right: width - markWidth - gap }[
      column
    ]
    const top = { top: gap, middle: (height - markHeight) / 2, bottom: height - markHeight - gap }[
      row
    ]
    context.drawImage(mark, left ?? gap, top ?? gap, markWidth, markHeight)
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The mark cannot be drawn.'))),
      'image/png',
    )
  })
}

type Tiles = { markWidth: number; markHeight: number; width: number; height: number }

/** Diagonal rows, each half a step further, like bricks. */
function drawTiles(
  context: CanvasRenderingContext2D,
  mark: CanvasImageSource,
  { markWidth, markHeight, width, height }: Tiles,
): void {
  const reach = Math.hypot(width, height) / 2
  const step = markWidth * 1.4
  const row = markHeight + Math.max(markHeight, height * 0.08)
  context.translate(width / 2, height / 2)
  context.rotate(-Math.PI / 7)
  for (let y = -reach, at = 0; y < reach; y += row, at++)
    for (let x = -reach - (at % 2) * (step / 2); x < reach; x += step)
      context.drawImage(mark, x, y, markWidth, markHeight)
}

/** White with a dark rim, so that it can be read on snow and on asphalt. */
function drawText(text: string): HTMLCanvasElement {
  const size = 160
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw.')
  const font = `600 ${size}px Inter, system-ui, sans-serif`
  context.font = font
  canvas.width = Math.ceil(context.measureText(text).width) + 40
  canvas.height = size * 1.4
  context.font = font
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = size / 12
  context.strokeStyle = 'rgb(0 0 0 / 70%)'
  context.fillStyle = '#fff'
  context.strokeText(text, 20, canvas.height / 2)
  context.fillText(text, 20, canvas.height / 2)
  return canvas
}
