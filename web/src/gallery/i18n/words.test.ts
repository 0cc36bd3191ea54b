import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { en } from './en.ts'

const files = globSync('??.ts', { cwd: import.meta.dirname }).toSorted()
type Entry = string | Record<string, string>
const load = async (file: string): Promise<Record<string, Entry>> =>
  (await import(/* @vite-ignore */ `./${file}`))[file.slice(0, 2)]
const fillings = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted()

test('the seven languages are there', () => {
  expect(files).toEqual(['de', 'en', 'es', 'fr', 'hi', 'ja', 'pt'].map((tag) => `${tag}.ts`))
})

test.each(files)(
  '%s has every text, every form its language needs, and fills in the same',
  async (file) => {
    const texts = await load(file)
    const forms = new Intl.PluralRules(file.slice(0, 2))
      .resolvedOptions()
      .pluralCategories.toSorted()
    expect(Object.keys(texts)).toEqual(Object.keys(en))
    for (const [key, original] of Object.entries(en) as [string, Entry][]) {
      const text = texts[key]!
      if (typeof original === 'string') {
        expect([key, text]).toEqual([key, expect.stringMatching(/\S/)])
        expect([key, fillings(String(text))]).toEqual([key, fillings(original)])
      } else {
        expect([key, Object.keys(text).toSorted()]).toEqual([key, forms])
        const { other } = text as Record<string, string>
        expect([key, fillings(other!)]).toEqual([key, fillings(original.other!)])
      }
    }
  },
)
