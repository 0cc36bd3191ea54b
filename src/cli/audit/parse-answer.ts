import { isBib } from '../../bibs/index.ts'

/** What a person typed about the bibs of one photo. */
export type Answer =
  | { kind: 'bibs'; bibs: string[] }
  | { kind: 'skip' }
  | { kind: 'stop' }
  | { kind: 'unclear'; why: string }

/**
 * Enter or `y`: the reads are right. `n` or `-`: there is no bib to read. `s`: skip, `q`: stop. Else every bib that can be
 * read, with blanks or commas between them.
 *
 * @param reads what was shown; undefined when the person was asked blind, who then has to say something
 */
export function parseAnswer(line: string, reads: readonly string[] | undefined): Answer {
  const text = line.trim()
  switch (text.toLowerCase()) {
    case 'q':
      return { kind: 'stop' }
    case 's':
      return { kind: 'skip' }
    case 'n':
    case '-':
      return { kind: 'bibs', bibs: [] }
    case '':
    case 'y':
      if (reads) return { kind: 'bibs', bibs: [...reads] }
      return { kind: 'unclear', why: 'Type what you see, or - when there is no bib to read.' }
  }
  const bibs = [...new Set(text.split(/[\s,;]+/).filter((bib) => bib !== ''))]
  const odd = bibs.find((bib) => !isBib(bib))
  return odd === undefined
    ? { kind: 'bibs', bibs }
    : { kind: 'unclear', why: `"${odd}" is no bib: letters and digits, blanks between two bibs.` }
}
