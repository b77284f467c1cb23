import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { excludedWords, wordRules, wordsInTexts } from './words.ts'

test('texts for people use none of the words that the glossary excludes', () => {
  expect(wordsInTexts()).toEqual([])
})

test('finds a word with its line and its replacement, whatever its case, and no part of a word', () => {
  const rules = [
    { word: 'told', instead: 'reported' },
    { word: 'goes on', instead: 'continues' },
  ]
  expect(excludedWords('page.md', 'A router told us.\nIt goes on.\nTold!\nuntold, told_by, goes once', rules)).toEqual([
    'page.md:1: "told": write reported',
    'page.md:2: "goes on": write continues',
    'page.md:3: "told": write reported',
  ])
})

test('the glossary has its terms and its words in alphabetical order', () => {
  const glossary = readFileSync(join(import.meta.dirname, '..', 'docs', 'glossary.md'), 'utf8')
  const terms = [...glossary.split('## Words')[0]!.matchAll(/^\| (.+?) \| /gm)].slice(1).map(([, term]) => term!)
  expect(terms).toEqual(terms.toSorted((one, other) => one.localeCompare(other, 'en')))
  expect(wordRules(glossary)).toContainEqual({ word: 'told', instead: 'report, notify, publish, define' })
})
