import fc from 'fast-check'
import { expect, test } from 'vitest'
import { localPath } from './sign-in.ts'

const SITE = 'https://shelfline.example'
const part = fc.constantFrom(
  '/',
  '\\',
  '.',
  '..',
  '%2e',
  '%2f',
  '\t',
  '\n',
  '@',
  ':',
  '?',
  '#',
  'evil.example',
  'alerts',
  ' ',
)

test('a path to go back to never leads to another site, whatever it is made of', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part, { maxLength: 12 }).map((parts) => `/${parts.join('')}`),
        fc.string(),
      ),
      (path) => {
        const target = localPath(path)
        expect(target).toMatch(/^\/(?![/\\])/)
        expect(new URL(target, SITE).origin).toBe(SITE)
        // Once more changes nothing.
        expect(localPath(target)).toBe(target)
      },
    ),
    { numRuns: 5_000 },
  )
})
