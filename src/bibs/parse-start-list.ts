import { CsvError, parse } from 'csv-parse/sync'
import { AppError } from '../lib/errors.ts'
import { bibKey } from './bib-key.ts'
import { decodeText } from './decode-text.ts'

export type Participant = {
  bib: string
  name: string | null
  category: string | null
  /** Times are kept as the list writes them. */
  startTime: string | null
  finishTime: string | null
}

/** A row that was left out; `line` is the line of the file on which it ends, the header being line 1. */
export type RejectedRow = { line: number; reason: string }

export type ParsedStartList = { participants: Participant[]; rejected: RejectedRow[] }

export const MAX_BIB_LENGTH = 20
/** Letters and digits of any script, in groups joined by one of - . _ / or a space. */
export const BIB = /^[\p{L}\p{N}]+(?:[-._/ ][\p{L}\p{N}]+)*$/u

/**
 * Reads a start list as spreadsheets save it: comma, semicolon or tab; UTF-8, UTF-16 or Latin-1; columns in any order.
 * Rows without a usable bib are left out and named.
 *
 * @throws AppError start_list_invalid when there is no column `bib`, or the file is no CSV
 */
export function parseStartList(csv: string | Uint8Array): ParsedStartList {
  // csv-parse counts CRLF within quotes as two lines.
  const [header, ...rows] = parseRows(decodeText(csv).replace(/\r\n?/g, '\n'))
  const columns = findColumns(header?.cells ?? [])
  const participants: Participant[] = []
  const rejected: RejectedRow[] = []
  const lineOfBib = new Map<string, number>()
  for (const { cells, line } of rows) {
    if (cells.every((cell) => cell.trim() === '')) continue
    const cell = (at: number | undefined) => (at === undefined ? '' : (cells[at] ?? '').trim())
    const bib = cell(columns.bib)
    const reason = reasonToReject(bib, lineOfBib)
    if (reason !== undefined) {
      rejected.push({ line, reason })
      continue
    }
    lineOfBib.set(bibKey(bib), line)
    participants.push({
      bib,
      name: cell(columns.name) || null,
      category: cell(columns.category) || null,
      startTime: cell(columns.start_time) || null,
      finishTime: cell(columns.finish_time) || null,
    })
  }
  return { participants, rejected }
}

function reasonToReject(bib: string, lineOfBib: ReadonlyMap<string, number>): string | undefined {
  if (bib === '') return 'the bib is empty'
  if (bib.length > MAX_BIB_LENGTH) return `the bib is longer than ${MAX_BIB_LENGTH} characters`
  if (!BIB.test(bib)) return `the bib ${JSON.stringify(bib)} has characters that no bib has`
  const first = lineOfBib.get(bibKey(bib))
  return first === undefined ? undefined : `the bib ${bib} stands in line ${first} already`
}

type Row = { readonly cells: readonly string[]; readonly line: number }

function parseRows(text: string): Row[] {
  const rows: Row[] = []
  try {
    parse(text, {
      delimiter: detectSeparator(text),
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }) => {
        rows.push({ cells, line: lines })
        return null // nothing for csv-parse to keep
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw startListInvalid(`it is no CSV: ${error.message}`, error)
  }
  return rows
}

/** The separator that the header row has most of. */
function detectSeparator(text: string): string {
  const header = /.*\S.*/.exec(text)?.[0] ?? ''
  const count = (separator: string) => header.split(separator).length
  return [',', ';', '\t'].reduce((best, next) => (count(next) > count(best) ? next : best))
}

type ColumnName = 'bib' | 'name' | 'category' | 'start_time' | 'finish_time'
type Columns = { readonly [name in ColumnName]?: number }

/** Where each known column stands; `Start Time` is `start_time`. Of two of one name the first counts. */
function findColumns(header: readonly string[]): Columns {
  const names = header.map((name) => name.trim().toLowerCase().replace(/\s+/g, '_'))
  if (!names.includes('bib')) {
    const found = header.map((name) => JSON.stringify(name.trim().slice(0, 40))).slice(0, 20)
    const columns = found.length > 0 ? `the columns ${found.join(', ')}` : 'nothing'
    throw startListInvalid(
      `its first line must name the columns, one of them "bib" (others: name, category, start_time, finish_time); found ${columns}`,
    )
  }
  return Object.fromEntries(names.map((name, at) => [name, at] as const).reverse())
}

const startListInvalid = (problem: string, cause?: unknown) =>
  new AppError({
    code: 'start_list_invalid',
    message: `The start list cannot be read: ${problem}`,
    cause,
  })

/** True for what a start list would take as a bib. */
export const isBib = (text: string): boolean => text.length <= MAX_BIB_LENGTH && BIB.test(text)
