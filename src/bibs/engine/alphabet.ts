import { readFileSync } from 'node:fs'

/** The classes of the recogniser: what each stands for, and which of them a decoder may choose. */
export type Alphabet = {
  /** Text of each class; class 0 is the CTC blank and stands for nothing. */
  readonly characters: readonly string[]
  /** The classes of 0-9. */
  readonly digits: Int32Array
  /** The classes of 0-9, A-Z and a-z. */
  readonly alphanumerics: Int32Array
}

/** Reads the list of characters that belongs to a PP-OCR recogniser: one a line, after the blank, before the space. */
export function readAlphabet(path: string): Alphabet {
  const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n')
  const characters = ['', ...lines.map((line) => line.replace(/\r$/, '')), ' ']
  const classesOf = (pattern: RegExp) =>
    Int32Array.from(characters.flatMap((text, at) => (pattern.test(text) ? [at] : [])))
  return {
    characters,
    digits: classesOf(/^[0-9]$/),
    alphanumerics: classesOf(/^[0-9A-Za-z]$/),
  }
}
