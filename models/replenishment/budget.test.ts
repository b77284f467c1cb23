import { expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { shareOut } from './budget.ts'

const claim = (wanted: number, minimum = 0) => ({ wanted, minimum })

test.each([
  ['all of it, where it is enough for all', 100, [claim(30), claim(20)], [30, 20]],
  ['in proportion, where it is not', 30, [claim(40), claim(20)], [20, 10]],
  [
    'what is too little for one goes to the others in proportion',
    60,
    [claim(60, 31), claim(40), claim(20)],
    [0, 40, 20],
  ],
  ['he who misses his minimum most gives way first', 60, [claim(60, 35), claim(60, 31)], [0, 60]],
  ['what the others leave is his whom it is enough for', 100, [claim(30, 29), claim(100, 95), claim(70)], [30, 0, 70]],
  ['nobody is given what no order can be made of', 10, [claim(50, 20), claim(40, 30)], [0, 0]],
  ['nothing wanted, nothing given', 10, [claim(0, 20), claim(5)], [0, 5]],
])('%s', (_, budget, claims, shares) => {
  expect(shareOut(budget, claims).shares).toEqual(shares)
})

test('keeps to the budget, the requests and the minimums, whatever they are', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed)
    const claims = Array.from({ length: 6 }, () => {
      const wanted = Math.floor(random() * 100)
      return claim(wanted, Math.floor(random() * wanted))
    })
    const budget = random() * 300
    const { shares, left } = shareOut(budget, claims)
    const given = shares.reduce((sum, share) => sum + share, 0)
    expect(given).toBeLessThanOrEqual(budget + 1e-9)
    expect(left).toBeCloseTo(Math.max(0, budget - given), 9)
    for (const [index, share] of shares.entries()) {
      expect(share).toBeLessThanOrEqual(claims[index]!.wanted)
      if (share > 0) expect(share).toBeGreaterThanOrEqual(claims[index]!.minimum)
    }
  }
})
