import type { AskRange, Range } from './byte-writer.ts'

/** Ranges by the names of values. */
export type RangeTable = Readonly<Record<string, Range>>

/** Answers from a table. @throws Error when the net has a value that the table does not know: it was measured on another net */
export const askTable =
  (table: Readonly<Record<string, unknown>>): AskRange =>
  (value) => {
    const range = table[value]
    if (!range) throw new Error(`no range was measured of ${value}`)
    return range as Range
  }
