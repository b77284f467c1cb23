/** What the cross-sell model keeps: vectors of products, and for each product those that go into the same baskets. */
import type { ItemFactors } from './als.ts'

export interface CrossSellManifest {
  model: 'cross_sell'
  /** The product of each item, in the order of the vectors. */
  products: string[]
  factors: number
  confidence: number
  regularization: number
  /** Item after item, six digits. */
  vectors: number[]
  seed: number
  trainedThrough: string
}

export interface Partner {
  product: string
  /** Cosine of the two vectors. */
  similarity: number
  /** Baskets with both. */
  together: number
  /** How many times as often both are bought together as by chance; undefined where that can't be known. */
  lift?: number
}

export interface PartnerList {
  product: string
  /** Baskets with the product. */
  baskets: number
  partners: Partner[]
}

export const LISTS_FILE = 'lists.json'

export const vectorsOf = ({ values }: ItemFactors): number[] =>
  Array.from(values, (value) => Number(value.toPrecision(6)))

/** @throws when the artefact is not whole */
export function factorsOf({ products, factors, confidence, regularization, vectors }: CrossSellManifest): ItemFactors {
  const values = Float64Array.from(vectors)
  if (values.length !== products.length * factors || !values.every(Number.isFinite)) {
    throw new Error(
      `cross-sell: ${values.length} numbers do not match ${factors} for each of ${products.length} products; train the model again`,
    )
  }
  return { items: products.length, factors, confidence, regularization, values }
}
