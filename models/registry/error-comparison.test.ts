import { expect, test } from 'vitest'
import { compare } from './error-comparison.ts'

const series = (gain: (index: number) => number) =>
  Array.from({ length: 200 }, (_, index) => ({ actual: 10, champion: 5, own: 5 - gain(index) }))

test('a gain on every series is one, noise is none', () => {
  const everywhere = series(() => 1)
  expect(compare(everywhere, 1)).toMatchObject({ own: 0.4, champion: 0.5, gainLow: expect.closeTo(0.1, 6) })
  const noise = series((index) => (index % 2 === 0 ? 2 : -2))
  expect(compare(noise, 1)!.gainLow).toBeLessThan(0)
})

test('nothing sold compares nothing', () => {
  expect(compare([{ actual: 0, champion: 1, own: 0 }], 1)).toBeUndefined()
})
