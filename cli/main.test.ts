import { describe, expect, test } from 'vitest'
import { shelfline } from './testing.ts'

describe('the command line', () => {
  test.each([
    ['nonsense'],
    ['nonsense', '--help'],
    ['help', 'nonsense'],
    ['lake', 'nonsense', '--help'],
    ['streams', 'nonsense'],
    ['streams', 'nonsense', '-h'],
    ['lake', 'help', 'nonsense'],
    ['orders', 'transfers', 'nonsense', '--help'],
    ['lake'],
  ])('refuses %s %s %s %s', async (...words) => {
    const { code, out, error } = await shelfline(words, process.env)
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(words.includes('nonsense') ? /unknown command 'nonsense': \w+ has [\w, -]+/ : /Usage:/)
  })

  test.each([[], ['--help'], ['lake', '--help'], ['help', 'lake'], ['streams', '--help'], ['--version']])(
    'answers %s %s',
    async (...words) => {
      const { code, out } = await shelfline(words, process.env)
      expect([code, out]).toEqual([0, expect.stringMatching(/Usage: shelfline|^0\.\d+\.\d+\n$/)])
    },
  )
})
