import { expect, test } from 'vitest'
import { stalePages } from './docs.ts'

test('has pages that say what the code says (`npm run docs` writes them)', () => {
  expect(stalePages()).toEqual([])
})
