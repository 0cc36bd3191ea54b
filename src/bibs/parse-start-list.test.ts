import { describe, expect, test } from 'vitest'
import { AppError } from '../lib/errors.ts'
import { parseStartList } from './parse-start-list.ts'

const bibsOf = (csv: string | Uint8Array) => parseStartList(csv).participants.map(({ bib }) => bib)

describe('parseStartList', () => {
  test('reads every column, in any order and case', () => {
    const csv = 'Finish_Time,NAME,Start Time,Bib,category\n12:31,Ada Abel,09:00,1042,W40\n'

    expect(parseStartList(csv)).toEqual({
      participants: [
        {
          bib: '1042',
          name: 'Ada Abel',
          category: 'W40',
          startTime: '09:00',
          finishTime: '12:31',
        },
      ],
      rejected: [],
    })
  })

  test('gives null for what is missing or empty', () => {
    expect(parseStartList('bib,name\n7,\n8\n').participants).toEqual([
      { bib: '7', name: null, category: null, startTime: null, finishTime: null },
      { bib: '8', name: null, category: null, startTime: null, finishTime: null },
    ])
  })

  test.each([
    ['commas', 'bib,name\n1,Ada\n'],
    ['semicolons', 'bib;name\n1;Ada\n'],
    ['tabs', 'bib\tname\n1\tAda\n'],
    ['CRLF', 'bib,name\r\n1,Ada\r\n'],
    ['no last newline', 'bib,name\n1,Ada'],
    ['empty lines before and within', '\n\nbib,name\n\n1,Ada\n,\n'],
    ['unknown columns', 'club,bib,team,name\nx,1,y,Ada\n'],
    ['a second column of one name', 'bib,name,Bib\n1,Ada,2\n'],
    ['quotes', '"bib","name"\n" 1 ","Ada"\n'],
  ])('reads a file with %s', (_, csv) => {
    const { participants, rejected } = parseStartList(csv)

    expect(participants).toMatchObject([{ bib: '1', name: 'Ada' }])
    expect(rejected).toEqual([])
  })

  test('keeps separators, quotes and line breaks within quoted fields', () => {
    const csv = 'bib;name\n1;"Abel; Ada ""Speedy"""\n2;"two\r\nlines"\n'
    expect(parseStartList(csv).participants.map(({ name }) => name)).toEqual([
      'Abel; Ada "Speedy"',
      'two\nlines',
    ])
  })

  test.each([
    ['UTF-8', Buffer.from('bib,name\n1,Zoë Ångström')],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFbib,name\n1,Zoë Ångström')],
    ['UTF-16, little end first', Buffer.from('\uFEFFbib,name\n1,Zoë Ångström', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\uFEFFbib,name\n1,Zoë Ångström', 'utf16le').swap16()],
    ['Latin-1', Buffer.from('bib,name\n1,Zoë Ångström', 'latin1')],
  ])('reads %s', (_, file) => {
    expect(parseStartList(file).participants).toMatchObject([{ bib: '1', name: 'Zoë Ångström' }])
  })

  test('keeps bibs as they are written', () => {
    expect(bibsOf('bib\n007\na12\nA-13\n12 B\n')).toEqual(['007', 'a12', 'A-13', '12 B'])
  })

  test('names the line and the reason of each row without a usable bib', () => {
    const csv = [
      'name,bib',
      'Ada,12',
      'Ben,',
      'Chloe,123456789012345678901',
      '"Dario\nDiaz",<b>1</b>',
      '',
      'Elif,012',
      'Femi,13',
    ].join('\r\n')

    expect(parseStartList(csv)).toMatchObject({
      participants: [{ bib: '12' }, { bib: '13' }],
      rejected: [
        { line: 3, reason: 'the bib is empty' },
        { line: 4, reason: 'the bib is longer than 20 characters' },
        { line: 6, reason: 'the bib "<b>1</b>" has characters that no bib has' },
        { line: 8, reason: 'the bib 012 stands in line 2 already' },
      ],
    })
  })

  test.each([
    ['no column bib', 'number,name\n1,Ada\n', /"bib".*found the columns "number", "name"/],
    ['no header', '1,Ada\n2,Ben\n', /found the columns "1", "Ada"/],
    ['nothing', '', /found nothing/],
    ['an open quote', 'bib,name\n1,"Ada\n', /no CSV.*line 2/],
  ])('refuses a file with %s and says why', (_, csv, message) => {
    let error: unknown
    try {
      parseStartList(csv)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({
      code: 'start_list_invalid',
      message: expect.stringMatching(message),
    })
  })

  test('refuses bytes that are no text', () => {
    expect(() => parseStartList(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13))).toThrow(
      AppError,
    )
  })

  test('reads 100,000 rows in seconds', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i + 1},"Abel, Ada",W40,09:00,12:31`)
    const csv = Buffer.from(`bib,name,category,start_time,finish_time\n${rows.join('\n')}`)

    const started = performance.now()
    expect(parseStartList(csv).participants).toHaveLength(100_000)
    // 0.6 s alone on a core; a quadratic duplicate check would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
