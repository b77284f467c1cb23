import { expect, it } from 'vitest'
import { stalePages } from './docs.ts'

it('has pages that say what the code says (`npm run docs` writes them)', () => {
  expect(stalePages()).toEqual([])
})
