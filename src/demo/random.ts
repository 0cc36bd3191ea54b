export type Random = {
  /** A number from `from` up to but without `to`. */
  readonly between: (from: number, to: number) => number
  readonly pick: <T>(choices: readonly T[]) => T
}

/** A repeatable source of chance (mulberry32): the same seed makes the same demo. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + next() * (to - from)
  const pick = <T>(choices: readonly T[]): T => {
    const choice = choices[Math.floor(between(0, choices.length))]
    if (choice === undefined) throw new Error('there is nothing to pick from')
    return choice
  }
  return { between, pick }
}
