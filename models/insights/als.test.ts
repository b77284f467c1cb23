import { describe, expect, test } from 'vitest'
import { rankingScores } from '../registry/ranking-metrics.ts'
import { seeded } from '../statistics/random.ts'
import { createRecommender, fitAls, greatest, type Interactions, similarItems, transpose } from './als.ts'

const OPTIONS = { factors: 2, confidence: 20, regularization: 0.1, iterations: 15, seed: 3 }

function interactions(items: number, ...rows: number[][]): Interactions {
  const starts = Int32Array.from(
    [0, ...rows].map((_, row) => rows.slice(0, row).reduce((sum, held) => sum + held.length, 0)),
  )
  return { items, starts, columns: Int32Array.from(rows.flat()) }
}

/** Baskets of two kinds: each holds four of the ten products of its kind. */
function twoKinds(baskets: number): Interactions {
  const random = seeded(5)
  const rows = Array.from({ length: baskets }, (_, basket) => {
    const kind = basket % 2
    const held = new Set<number>()
    while (held.size < 4) held.add(kind * 10 + Math.floor(random() * 10))
    return [...held].sort((one, other) => one - other)
  })
  return interactions(20, ...rows)
}

describe('alternating least squares', () => {
  test('what is recommended for a basket is of its kind', () => {
    const recommender = createRecommender(fitAls(twoKinds(400), OPTIONS))
    const wanted = recommender.recommend(Int32Array.of(10, 13), 8)
    expect([...wanted].sort((one, other) => one - other)).toEqual([11, 12, 14, 15, 16, 17, 18, 19])
  })

  test('partners are of the same kind, the nearest first', () => {
    const lists = similarItems(fitAls(twoKinds(400), OPTIONS), 5, (item) => item !== 4)
    for (const [item, { partners, cosines }] of lists.entries()) {
      if (item === 4) expect(partners).toHaveLength(0)
      else
        expect([...partners].every((partner) => partner !== item && partner !== 4 && partner < 10 === item < 10)).toBe(
          true,
        )
      expect([...cosines]).toEqual([...cosines].sort((one, other) => other - one))
    }
  })

  test('a basket is solved as the normal equations solve it', () => {
    const values = Float64Array.of(1, 0, 0.5, 1, 0, 2)
    const model = { items: 3, factors: 2, confidence: 4, regularization: 0.5, values }
    // G + λI = [[1.75, 0.5], [0.5, 5.5]]; with item 0: A = [[5.75, 0.5], [0.5, 5.5]], b = [5, 0].
    const determinant = 5.75 * 5.5 - 0.25
    const solution = [(5 * 5.5) / determinant, (-0.5 * 5) / determinant]
    const scores = [1, 2].map((item) => values[item * 2]! * solution[0]! + values[item * 2 + 1]! * solution[1]!)
    const order = scores[0]! > scores[1]! ? [1, 2] : [2, 1]
    expect([...createRecommender(model).recommend(Int32Array.of(0), 2)]).toEqual(order)
  })

  test('the product that is hidden from a basket is found again', () => {
    const baskets = twoKinds(100)
    const recommender = createRecommender(fitAls(baskets, OPTIONS))
    const hidden: number[] = []
    const lists: Int32Array[] = []
    for (let row = 0; row < 100; row += 1) {
      const held = [...baskets.columns.subarray(baskets.starts[row]!, baskets.starts[row + 1]!)]
      hidden.push(held.pop()!)
      lists.push(recommender.recommend(Int32Array.from(held), 7))
    }
    expect(rankingScores(hidden, lists)!.recall).toBe(1)
  })

  test('the same seed gives the same vectors, and another seed others', () => {
    const baskets = twoKinds(50)
    expect(fitAls(baskets, OPTIONS).values).toEqual(fitAls(baskets, OPTIONS).values)
    expect(fitAls(baskets, { ...OPTIONS, seed: 4 }).values).not.toEqual(fitAls(baskets, OPTIONS).values)
  })

  test('one basket, products that were not bought, empty baskets: no NaN, and lists that are as long as they can be', () => {
    const model = fitAls(interactions(4, [0, 1], [], [0]), OPTIONS)
    expect(model.values.every(Number.isFinite)).toBe(true)
    expect([...createRecommender(model).recommend(Int32Array.of(0), 10)]).toHaveLength(3)
    expect(createRecommender(model).recommend(Int32Array.of(), 2)).toHaveLength(2)
    const alone = fitAls(interactions(1, [0]), OPTIONS)
    expect(similarItems(alone, 10, () => true)).toEqual([{ partners: new Int32Array(0), cosines: new Float64Array(0) }])
  })

  test('nothing bought, and an item that is not there, are refused', () => {
    expect(() => fitAls(interactions(4, []), OPTIONS)).toThrow('there are no purchases')
    expect(() => fitAls(interactions(1, [3]), OPTIONS)).toThrow('item 3 of 1')
  })
})

test('transposed twice is as before', () => {
  const baskets = twoKinds(30)
  expect(transpose(transpose(baskets))).toEqual(baskets)
})

test('the greatest come first, of equals the lower index, and what is ruled out never', () => {
  const scores = Float64Array.of(1, 5, Number.NEGATIVE_INFINITY, 5, 3)
  expect([...greatest(scores, 3)]).toEqual([1, 3, 4])
  expect([...greatest(scores, 9)]).toEqual([1, 3, 4, 0])
})

test('a list counts by where the hidden item is in it', () => {
  expect(
    rankingScores(
      [7, 8, 9],
      [
        [7, 1],
        [1, 8],
        [1, 2],
      ],
    ),
  ).toEqual({ recall: 2 / 3, ndcg: (1 + 1 / Math.log2(3)) / 3 })
  expect(rankingScores([], [])).toBeUndefined()
})
