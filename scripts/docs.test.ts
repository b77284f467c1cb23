import { expect, test } from 'vitest'
import { stalePages } from './docs.ts'

test('has pages that match the code (`npm run docs` writes them)', () => {
  expect(stalePages()).toEqual([])
})
