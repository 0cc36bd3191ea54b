import { BIB_DEFINITIONS, drawBib } from './draw-bib.ts'
import { EVENT_NAME } from './race.ts'
import type { Random } from './random.ts'
import type { Runner } from './runners.ts'

/** The canvas of a person in units, one of which is a face with its hair: where the chin is on it, how wide it is. */
export const CHIN = { x: 2, y: 1 }
const WIDTH = 4
const FEET = 8.4

export type Body = {
  /** Drawn behind the head: neck, shoulders, limbs. */
  readonly behind: Buffer
  /** Drawn over the head's lower edge: shirt and bib. */
  readonly front: Buffer
}

/**
 * The body of a runner as two SVG layers, measured in units from the chin. Which leg is up, the lean of the bib and the
 * folds come from chance.
 *
 * @param depth how far below the chin to draw, in units
 */
export function drawBody(
  { runner, unit, depth }: { runner: Runner; unit: number; depth: number },
  random: Random,
): Body {
  const side = random.pick([-1, 1])
  const layer = (inside: string) =>
    Buffer.from(wrapSvg(`<g transform="scale(${side} 1)">${inside}</g>`, { unit, depth }))
  const tilt = random.between(-5, 5)
  const skew = random.between(-4, 4)
  const place = `translate(${random.between(-0.06, 0.06)} ${random.between(2.05, 2.2)})`
  const bib = drawBib({
    number: runner.bib,
    event: EVENT_NAME,
    name: runner.name,
    colour: bibColour(runner),
  })
  return {
    behind: layer(drawLimbs(runner)),
    front: layer(
      `${drawShirt(runner, random)}<g transform="scale(${side} 1) ${place} rotate(${tilt}) skewX(${skew})">${bib}</g>`,
    ),
  }
}

/** Waves start by expected time; the band of the bib tells them apart. */
const bibColour = ({ pace }: Runner) =>
  pace < 5.1 ? '#c62828' : pace < 5.7 ? '#1565c0' : '#2e7d32'

function drawLimbs({ head: { skin }, shorts }: Runner): string {
  return [
    drawLimb(
      [
        [-0.5, 4.0],
        [-0.56, 5.5],
        [-0.36, 6.5],
      ],
      { width: 0.56, colour: skin, light: 0.75 },
    ), // the raised leg
    drawShoe([-0.36, 6.7], '#39414f'),
    drawLimb(
      [
        [0.5, 4.0],
        [0.46, 5.9],
        [0.44, 7.5],
      ],
      { width: 0.6, colour: skin, light: 1 },
    ),
    drawShoe([0.46, 7.75], '#f5f5f5'),
    `<path d="M-.86 3C-.95 3.6-1 4.2-1 4.75L-.12 4.9 0 4.2 .1 4.9 1 4.75C1 4.2 .95 3.6 .86 3Z" fill="${shorts}"/>`,
    `<path d="M-.86 3C-.95 3.6-1 4.2-1 4.75L-.12 4.9 0 4.2 .1 4.9 1 4.75C1 4.2 .95 3.6 .86 3Z" fill="url(#round)"/>`,
    drawLimb(
      [
        [1.05, 0.86],
        [1.42, 2.1],
        [1.2, 3.1],
      ],
      { width: 0.36, colour: skin, light: 1 },
    ),
    drawLimb(
      [
        [-1.05, 0.86],
        [-1.46, 2.0],
        [-1.34, 2.85],
      ],
      { width: 0.37, colour: skin, light: 1 },
    ),
    `<ellipse cx="1.15" cy="3.28" rx=".17" ry=".24" fill="${skin}"/>`,
    `<ellipse cx="-1.31" cy="3.0" rx=".18" ry=".22" fill="${skin}"/>`,
    `<path d="M-.4-.25C-.36 .2-.42 .34-1.02 .56-1.2 .66-1.26 .86-1.22 1.1L0 1.6 1.22 1.1C1.26 .86 1.2 .66 1.02 .56 .42 .34 .36 .2 .4-.25Z" fill="${skin}"/>`,
    `<ellipse cy=".14" rx=".6" ry=".4" fill="url(#shadow)"/>`,
  ].join('')
}

const SHIRT =
  'M-.62 .36C-.5 1.02 .5 1.02 .62 .36L1.0 .52C.84 .95 .86 1.3 .95 1.55 .86 2.2 .84 2.8 .92 3.5Q0 3.72-.92 3.5C-.84 2.8-.86 2.2-.95 1.55-.86 1.3-.84 .95-1 .52Z'

function drawShirt({ shirt }: Runner, random: Random): string {
  const folds = Array.from({ length: 5 }, () => {
    const [x, y] = [random.between(-0.8, 0.8), random.between(1, 3.2)]
    const [dx, dy] = [random.between(-0.5, 0.5), random.between(0.6, 1.1)]
    const line = `d="M${x} ${y}q${dx} ${dy / 2} ${dx / 2} ${dy}"`
    return SOFT_WIDTHS.map((width) => `<path ${line} stroke-width="${width}"/>`).join('')
  })
  return (
    `<path d="${SHIRT}" fill="${shirt}"/>` +
    `<clipPath id="shirt"><path d="${SHIRT}"/></clipPath><g clip-path="url(#shirt)">` +
    `<path d="M-1.2 1.2L-.55 3.8H-1.2ZM1.2 1.2L.55 3.8H1.2Z" fill="${shade(shirt, 0.62)}"/>` +
    `<g ${FOLD_STYLE}>${folds.join('')}</g></g>` +
    `<path d="${SHIRT}" fill="url(#round)"/>` +
    `<path d="M-.62 .36C-.5 1.02 .5 1.02 .62 .36" fill="none" stroke="${shade(shirt, 0.55)}" stroke-width=".06"/>`
  )
}

/** Strokes over each other fade out to the sides. */
const SOFT_WIDTHS = [0.24, 0.17, 0.11, 0.06]
const FOLD_STYLE = 'fill="none" stroke="#000" stroke-opacity=".035" stroke-linecap="round"'

type Joint = readonly [x: number, y: number]

/** A limb of three joints, round by strokes that grow narrower and lighter: an SVG blur costs 100 ms each. */
function drawLimb(
  [a, b, c]: [Joint, Joint, Joint],
  limb: { width: number; colour: string; light: number },
) {
  const strokes = [0, 1, 2, 3, 4, 5].map((step) => {
    const [colour, width] = [
      shade(limb.colour, limb.light * (0.76 + step * 0.05)),
      limb.width * (1 - step * 0.13),
    ]
    return `<path d="M${a}L${b}L${c}" stroke="${colour}" stroke-width="${width}"/>`
  })
  const ends = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
  return `<g ${ends}>${strokes.join('')}</g>`
}

const drawShoe = ([x, y]: Joint, colour: string) =>
  `<path d="M${x - 0.26} ${y - 0.2}h.52l.08 .42q0 .16-.16 .16h-.36q-.16 0-.16-.16z" fill="${colour}"/>` +
  `<path d="M${x - 0.3} ${y + 0.28}h.6v.12h-.6z" fill="#e8563a"/>`

/** The colour multiplied by a factor. */
function shade(colour: string, factor: number): string {
  const channels = [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
  return `rgb(${channels.map((value) => Math.round(Math.min(255, value * factor))).join()})`
}

function wrapSvg(inside: string, { unit, depth }: { unit: number; depth: number }): string {
  const height = CHIN.y + Math.min(depth, FEET)
  const size = `width="${Math.round(WIDTH * unit)}" height="${Math.round(height * unit)}"`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="${-CHIN.x} ${-CHIN.y} ${WIDTH} ${height}"><defs>` +
    `<radialGradient id="shadow"><stop offset=".3" stop-opacity=".4"/><stop offset="1" stop-opacity="0"/></radialGradient>` +
    `<linearGradient id="round"><stop offset="0" stop-opacity=".45"/><stop offset=".25" stop-opacity=".04"/>` +
    `<stop offset=".45" stop-color="#fff" stop-opacity=".12"/><stop offset=".75" stop-opacity=".04"/>` +
    `<stop offset="1" stop-opacity=".45"/></linearGradient>${BIB_DEFINITIONS}</defs>${inside}</svg>`
  )
}
