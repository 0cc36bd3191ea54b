import { en } from './en.ts'

type Forms = { [rule in Intl.LDMLPluralRule]?: string } & { other: string }
export type Words = typeof en
/** What a language file holds: the same keys; where English has forms, forms of its own. */
export type Translation = { [Key in keyof Words]: Words[Key] extends string ? string : Forms }
export type Key = keyof Words

/** To add a language, write its file and name it here. */
const LANGUAGES: Record<string, () => Promise<Translation>> = {
  de: async () => (await import('./de.ts')).de,
  en: async () => en,
  es: async () => (await import('./es.ts')).es,
  fr: async () => (await import('./fr.ts')).fr,
  hi: async () => (await import('./hi.ts')).hi,
  ja: async () => (await import('./ja.ts')).ja,
  pt: async () => (await import('./pt.ts')).pt,
}

let words: Translation = en
let locale = 'en'
let plurals = new Intl.PluralRules('en')

/** Takes the first of the browser's languages that is there; English where none is. To be awaited before anything is shown. */
export async function chooseLanguage(wanted: readonly string[] = navigator.languages) {
  const found = wanted.find((tag) => tag.split('-')[0]!.toLowerCase() in LANGUAGES) ?? 'en'
  const language = found.split('-')[0]!.toLowerCase()
  words = (await LANGUAGES[language]?.()) ?? en
  locale = found
  plurals = new Intl.PluralRules(language)
  document.documentElement.lang = language
}

/** A text with its values; `n` decides the form and is written with the language's separators. */
export function say(key: Key, values: Record<string, string | number> = {}): string {
  const entry = words[key]
  const form = typeof entry === 'string' ? entry : formOf(entry, Number(values.n))
  return form.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    return typeof value === 'number' ? value.toLocaleString(locale) : (value ?? '')
  })
}

const formOf = (forms: Forms, n: number) => forms[plurals.select(n)] ?? forms.other

/** Wall time of the event as a clock shows it. @param local `YYYY-MM-DDTHH:mm:ss` */
export const clock = (local: string, options: Intl.DateTimeFormatOptions = CLOCK) =>
  format(options, 'UTC').format(new Date(`${local.slice(0, 19)}Z`))

/** A day as written out. @param date `YYYY-MM-DD` and whatever follows */
export const dayOf = (date: string, options: Intl.DateTimeFormatOptions = DAY) =>
  format(options, 'UTC').format(new Date(`${date.slice(0, 10)}T00:00:00Z`))

/** An instant in a zone. */
export const instant = (at: number | string, zone: string, options: Intl.DateTimeFormatOptions) =>
  format(options, zone).format(new Date(at))

export const list = (items: string[], type: 'conjunction' | 'disjunction' = 'conjunction') =>
  new Intl.ListFormat(locale, { type }).format(items)

export const megabytes = (bytes: number) =>
  new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: bytes < 1e9 ? 'megabyte' : 'gigabyte',
    maximumFractionDigits: bytes < 1e7 || bytes >= 1e9 ? 1 : 0,
  }).format(bytes / (bytes < 1e9 ? 1e6 : 1e9))

export const CLOCK: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' }
export const DAY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long', year: 'numeric' }
export const WEEKDAY: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
}

const formats = new Map<string, Intl.DateTimeFormat>()
function format(options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  formats.set(key, made)
  return made
}
