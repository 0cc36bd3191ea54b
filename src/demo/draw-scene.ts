import { sharp } from '../media/sharp.ts'
import type { Canvas, Size } from './canvas.ts'
import { fitText } from './draw-bib.ts'
import { EVENT_NAME, type Spot } from './race.ts'
import type { Random } from './random.ts'

/** Scenes are drawn at a quarter of their size and blurred: the lens is open, only runners are sharp. */
const DRAWN = { width: 600, height: 400, horizon: 148 }

/** The share of a photo's height where the horizon is: heads of people at eye level are near it. */
export const HORIZON = DRAWN.horizon / DRAWN.height

/** A road with spectators at one of the three spots, out of focus. */
export async function drawScene(
  spot: Spot,
  { width, height }: Size,
  random: Random,
): Promise<Canvas> {
  const { sky, ground, far } = SPOTS[spot]
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${DRAWN.width}" height="${DRAWN.height}">` +
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${sky[0]}"/>` +
    `<stop offset="1" stop-color="${sky[1]}"/></linearGradient>` +
    `<linearGradient id="road" x2="0" y2="1"><stop stop-color="#9a9a9c"/>` +
    `<stop offset="1" stop-color="#5f6064"/></linearGradient></defs>` +
    `<rect width="600" height="160" fill="url(#sky)"/>${far(random)}` +
    `<rect y="${DRAWN.horizon + 14}" width="600" height="300" fill="${ground}"/>` +
    `<path d="M250 162H350L760 400H-160Z" fill="url(#road)"/>` +
    `<path d="M299 165h2l9 235h-20z" fill="#f4f1e4" opacity=".55"/>` +
    `${drawCrowd(random, -1)}${drawCrowd(random, 1)}</svg>`
  const small = await sharp(Buffer.from(svg)).flatten().blur(2.6).png().toBuffer()
  const pixels = await sharp(small)
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer()
  return { pixels, width, height }
}

type Look = { sky: [string, string]; ground: string; far: (random: Random) => string }

const SPOTS: Record<Spot, Look> = {
  park: {
    sky: ['#8fb8e6', '#f6e3c3'],
    ground: '#6f8f4e',
    far: (random) => drawTrees(random, ['#3f6b39', '#557f42', '#7c9a4c', '#2f5230', '#a3b35a']),
  },
  bridge: {
    sky: ['#6fa6dc', '#dcebf5'],
    ground: '#8c8a84',
    far: (random) => drawTown(random) + drawTrees(random, ['#7c8f96', '#8fa3a6'], 14),
  },
  finish: {
    sky: ['#5c98d8', '#d6e6f2'],
    ground: '#a39a8b',
    far: (random) =>
      drawTrees(random, ['#4b7444', '#688f4e', '#39603b'], 30) +
      `<path d="M206 178V58Q206 30 234 30H366Q394 30 394 58V178H366V66Q366 58 358 58H242Q234 58 234 66V178Z" fill="#d2322d"/>` +
      `<g transform="translate(300 51)">${fitText(`${EVENT_NAME} FINISH`, { y: 0, height: 12, maxWidth: 118, fill: '#fff' })}</g>`,
  },
}

function drawTrees(random: Random, colours: string[], count = 70): string {
  const crowns = Array.from({ length: count }, () => {
    const radius = random.between(14, 44)
    const [x, y] = [random.between(-20, 620), DRAWN.horizon - random.between(-8, 70)]
    const shape = `cx="${x}" cy="${y}" rx="${radius}" ry="${radius * 0.8}"`
    return `<ellipse ${shape} fill="${random.pick(colours)}" opacity="${random.between(0.6, 1)}"/>`
  })
  const glints = Array.from({ length: 40 }, () => {
    const [x, y] = [random.between(0, 600), random.between(50, 140)]
    return `<circle cx="${x}" cy="${y}" r="${random.between(2, 6)}" fill="#fff8d8" opacity=".3"/>`
  })
  return crowns.join('') + glints.join('')
}

function drawTown(random: Random): string {
  const houses = Array.from({ length: 26 }, (_, i) => {
    const [x, height, width] = [i * 25 - 20, random.between(25, 105), random.between(18, 36)]
    const colour = random.pick(['#a9b4bf', '#8f9caa', '#c3b9a8', '#b59f8a', '#7f8c99'])
    return `<rect x="${x}" y="${DRAWN.horizon - height}" width="${width}" height="${height + 20}" fill="${colour}"/>`
  })
  const windows = Array.from({ length: 160 }, () => {
    const [x, y] = [random.between(0, 600), random.between(70, DRAWN.horizon)]
    return `<rect x="${x}" y="${y}" width="4" height="6" fill="#e9f2fa" opacity=".5"/>`
  })
  return houses.join('') + windows.join('')
}

/** Spectators and banners along one side of the road, from the vanishing point outwards. */
function drawCrowd(random: Random, side: -1 | 1): string {
  const people = Array.from({ length: 46 }, () => {
    const near = random.between(0, 1) ** 1.6
    const [x, height] = [300 + side * (62 + near * 290 + random.between(0, 26)), 22 + near * 90]
    const top = DRAWN.horizon - 2 - near * 22 + random.between(-4, 4)
    const coat = random.pick([
      '#b8433a',
      '#2f5f9e',
      '#e3c34b',
      '#444b57',
      '#d9d6cf',
      '#3d8a74',
      '#7a4d8c',
      '#e58a3c',
    ])
    const hair = random.pick(['#2b211b', '#5b4331', '#a98654', '#8c8c8c'])
    const head = height * 0.13
    return {
      near,
      svg:
        `<rect x="${x - height * 0.17}" y="${top + head}" width="${height * 0.34}" height="${height}" rx="${height * 0.12}" fill="${coat}"/>` +
        `<circle cx="${x}" cy="${top}" r="${head}" fill="#c99e80"/>` +
        `<path d="M${x - head} ${top}a${head} ${head} 0 0 1 ${head * 2} 0z" fill="${hair}"/>`,
    }
  })
  const banners = Array.from({ length: 7 }, (_, i) => {
    const edge = (near: number) => ({
      x: 300 + side * (54 + near * 330),
      top: 160 + near * 52,
      low: 174 + near * 130,
    })
    const [from, to] = [edge((i / 7) ** 1.5), edge(((i + 0.96) / 7) ** 1.5)]
    const colour = random.pick(['#d2322d', '#f3f1ea', '#1f4f8f', '#f0b429'])
    return `<path d="M${from.x} ${from.top}L${to.x} ${to.top}V${to.low}L${from.x} ${from.low}Z" fill="${colour}"/>`
  })
  const inDepth = people.sort((a, b) => a.near - b.near).map(({ svg }) => svg)
  return inDepth.join('') + banners.join('')
}
