import { readFileSync } from 'node:fs'
import type { Symbols } from './ctc-alternatives.ts'

/** The classes of the recogniser: what each stands for, and which of them a decoder may choose. */
export type Alphabet = {
  /** Text of each class; class 0 is the CTC blank and stands for nothing. */
  readonly characters: readonly string[]
  /** The classes whose probabilities decoders want; the blank first. Symbols count by their place here. */
  readonly wanted: readonly number[]
  /** 0-9. */
  readonly digits: Symbols
  /** 0-9 and A-Z, of which small letters are the same. */
  readonly alphanumerics: Symbols
}

/** Reads the list of characters that belongs to a PP-OCR recogniser: one a line, after the blank, before the space. */
export function readAlphabet(path: string): Alphabet {
  const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n')
  const characters = ['', ...lines.map((line) => line.replace(/\r$/, '')), ' ']
  const classes = [...characters.keys()].filter((at) => /^[0-9A-Za-z]$/.test(characters[at]!))
  const wanted = [0, ...classes]
  const wantedCharacters = wanted.map((at) => characters[at]!)
  return {
    characters,
    wanted,
    digits: symbolsOf(wantedCharacters, /^[0-9]$/),
    alphanumerics: symbolsOf(wantedCharacters, /^[0-9A-Za-z]$/),
  }
}

function symbolsOf(characters: readonly string[], pattern: RegExp): Symbols {
  const places = [...characters.keys()].filter((at) => pattern.test(characters[at]!))
  const byCharacter = Map.groupBy(places, (at) => characters[at]!.toUpperCase())
  return [...byCharacter].map(([character, own]) => ({ character, places: own }))
}
