/**
 * Alternating least squares on implicit feedback (Hu, Koren & Volinsky 2008, ICDM): what was bought is preferred with a
 * confidence, what was not is not preferred with a confidence of 1. Rows (baskets or customers) and items get vectors whose
 * products come near to that. Each row's least squares are solved by some steps of conjugate gradients from where the row
 * was before (Takács, Pilászy & Tikk 2011, RecSys), which never builds a row's own matrix.
 */
import { seeded } from '../statistics/random.ts'

/** What each row holds, row after row, as a sparse matrix of binary feedback. */
export interface Interactions {
  items: number
  /** The row's items are `columns[starts[row]]` to before `columns[starts[row + 1]]`, each once. */
  starts: Int32Array
  columns: Int32Array
}

export interface AlsOptions {
  factors: number
  /** Confidence of what was bought, over the 1 of what was not. */
  confidence: number
  regularization: number
  iterations: number
  seed: number
  /** Called after each iteration. */
  onIteration?: (done: number) => void
}

/** What is kept of the training: rows are solved again when they are asked about. */
export interface ItemFactors {
  readonly items: number
  readonly factors: number
  readonly confidence: number
  readonly regularization: number
  /** Item after item. */
  readonly values: Float64Array
}

const STEPS = 3
/** As the vectors begin: small, so that the first solutions decide. */
const START = 0.01

/**
 * Trains; the same interactions and options give the same vectors. Memory: a vector for each row and item.
 *
 * @throws RangeError when there are no interactions, or one names an item that is not there
 */
export function fitAls(interactions: Interactions, options: AlsOptions): ItemFactors {
  const { factors, confidence, regularization, iterations, seed, onIteration } = options
  const { items, columns, starts } = interactions
  if (columns.length === 0) throw new RangeError('als: there are no purchases')
  for (const item of columns) if (item < 0 || item >= items) throw new RangeError(`als: item ${item} of ${items}`)
  const random = seeded(seed)
  const begin = (count: number) => Float64Array.from({ length: count * factors }, () => random() * START)
  const rowFactors = begin(starts.length - 1)
  const values = begin(items)
  const byItem = transpose(interactions)
  const model = { items, factors, confidence, regularization, values }
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    solveAll(interactions, rowFactors, values, options)
    solveAll(byItem, values, rowFactors, options)
    onIteration?.(iteration + 1)
  }
  return model
}

/** Columns by row, the other way round. */
export function transpose({ items, starts, columns }: Interactions): Interactions {
  const rows = starts.length - 1
  const begins = new Int32Array(items + 1)
  for (const item of columns) begins[item + 1]! += 1
  for (let item = 0; item < items; item += 1) begins[item + 1]! += begins[item]!
  const next = begins.slice(0, items)
  const turned = new Int32Array(columns.length)
  for (let row = 0; row < rows; row += 1) {
    for (let at = starts[row]!; at < starts[row + 1]!; at += 1) {
      const item = columns[at]!
      turned[next[item]!] = row
      next[item]! += 1
    }
  }
  return { items: rows, starts: begins, columns: turned }
}

/** Solves every row's vector with the other side's held; in place. */
function solveAll(
  { starts, columns }: Interactions,
  own: Float64Array,
  other: Float64Array,
  { factors, confidence, regularization }: AlsOptions,
): void {
  const gram = gramOf(other, factors, regularization)
  const work = {
    residual: new Float64Array(factors),
    direction: new Float64Array(factors),
    image: new Float64Array(factors),
  }
  for (let row = 0; row < starts.length - 1; row += 1) {
    const held = columns.subarray(starts[row]!, starts[row + 1]!)
    const vector = own.subarray(row * factors, (row + 1) * factors)
    descend(vector, held, other, gram, confidence, STEPS, work)
  }
}

/** Σ yᵀy over all vectors, with the regularization on its diagonal. */
function gramOf(vectors: Float64Array, factors: number, regularization: number): Float64Array {
  const gram = new Float64Array(factors * factors)
  for (let from = 0; from < vectors.length; from += factors) {
    for (let i = 0; i < factors; i += 1) {
      const value = vectors[from + i]!
      for (let j = 0; j <= i; j += 1) gram[i * factors + j]! += value * vectors[from + j]!
    }
  }
  for (let i = 0; i < factors; i += 1) {
    for (let j = 0; j < i; j += 1) gram[j * factors + i] = gram[i * factors + j]!
    gram[i * factors + i]! += regularization
  }
  return gram
}

interface Work {
  residual: Float64Array
  direction: Float64Array
  image: Float64Array
}

/** Conjugate gradients on (G + Σ c·y yᵀ) x = Σ (1 + c)·y, from the present vector. */
function descend(
  vector: Float64Array,
  held: Int32Array,
  other: Float64Array,
  gram: Float64Array,
  confidence: number,
  steps: number,
  { residual, direction, image }: Work,
): void {
  const factors = vector.length
  applyTo(vector, held, other, gram, confidence, image)
  for (let i = 0; i < factors; i += 1) residual[i] = -image[i]!
  for (const item of held) {
    const from = item * factors
    for (let i = 0; i < factors; i += 1) residual[i]! += (1 + confidence) * other[from + i]!
  }
  direction.set(residual)
  let squared = dot(residual, residual)
  for (let step = 0; step < steps && squared > 1e-20; step += 1) {
    applyTo(direction, held, other, gram, confidence, image)
    const length = squared / dot(direction, image)
    for (let i = 0; i < factors; i += 1) {
      vector[i]! += length * direction[i]!
      residual[i]! -= length * image[i]!
    }
    const before = squared
    squared = dot(residual, residual)
    for (let i = 0; i < factors; i += 1) direction[i] = residual[i]! + (squared / before) * direction[i]!
  }
}

/** image = (G + Σ c·y yᵀ) · vector */
function applyTo(
  vector: Float64Array,
  held: Int32Array,
  other: Float64Array,
  gram: Float64Array,
  confidence: number,
  image: Float64Array,
): void {
  const factors = vector.length
  for (let i = 0; i < factors; i += 1) {
    let sum = 0
    const from = i * factors
    for (let j = 0; j < factors; j += 1) sum += gram[from + j]! * vector[j]!
    image[i] = sum
  }
  for (const item of held) {
    const from = item * factors
    let product = 0
    for (let j = 0; j < factors; j += 1) product += other[from + j]! * vector[j]!
    product *= confidence
    for (let j = 0; j < factors; j += 1) image[j]! += product * other[from + j]!
  }
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0
  for (let i = 0; i < one.length; i += 1) sum += one[i]! * other[i]!
  return sum
}

/** Answers for rows that were not trained on: what else is recommended for a basket? */
export interface Recommender {
  /** Items that the row does not hold, the highest score first; fewer when there are no more. */
  recommend(held: Int32Array, count: number): Int32Array
}

export function createRecommender({ items, factors, confidence, regularization, values }: ItemFactors): Recommender {
  const gram = gramOf(values, factors, regularization)
  const work = {
    residual: new Float64Array(factors),
    direction: new Float64Array(factors),
    image: new Float64Array(factors),
  }
  const vector = new Float64Array(factors)
  const scores = new Float64Array(items)
  return {
    recommend(held, count) {
      vector.fill(0)
      // As many steps as there are factors solve it exactly, but for rounding.
      descend(vector, held, values, gram, confidence, factors, work)
      for (let item = 0; item < items; item += 1) {
        const from = item * factors
        let score = 0
        for (let i = 0; i < factors; i += 1) score += values[from + i]! * vector[i]!
        scores[item] = score
      }
      for (const item of held) scores[item] = Number.NEGATIVE_INFINITY
      return greatest(scores, Math.min(count, items - held.length))
    },
  }
}

/**
 * For each item those whose vectors point the same way (cosine), the nearest first: who buys the one buys the other.
 *
 * @param mayPair items that are paired at all, e.g. those that were bought often enough; the others' lists are empty
 * @returns by item its partners and their cosines
 */
export function similarItems(
  { items, factors, values }: ItemFactors,
  count: number,
  mayPair: (item: number) => boolean,
  onItem: (done: number) => void = () => undefined,
): { partners: Int32Array; cosines: Float64Array }[] {
  const unit = new Float64Array(values.length)
  const paired: number[] = []
  for (let item = 0; item < items; item += 1) {
    const own = values.subarray(item * factors, (item + 1) * factors)
    const length = Math.sqrt(dot(own, own))
    if (length > 0) for (let i = 0; i < factors; i += 1) unit[item * factors + i] = own[i]! / length
    if (length > 0 && mayPair(item)) paired.push(item)
  }
  const scores = new Float64Array(items)
  return Array.from({ length: items }, (_, item) => {
    onItem(item + 1)
    if (!mayPair(item) || paired.length < 2) return { partners: new Int32Array(0), cosines: new Float64Array(0) }
    scores.fill(Number.NEGATIVE_INFINITY)
    const own = unit.subarray(item * factors, (item + 1) * factors)
    for (const other of paired) {
      const from = other * factors
      let score = 0
      for (let i = 0; i < factors; i += 1) score += own[i]! * unit[from + i]!
      if (other !== item) scores[other] = score
    }
    const partners = greatest(scores, Math.min(count, paired.length - 1))
    return { partners, cosines: Float64Array.from(partners, (partner) => scores[partner]!) }
  })
}

/** Indices of the greatest values, the greatest first; of equals the lower index. Values of minus infinity are left out. */
export function greatest(scores: Float64Array, count: number): Int32Array {
  const best = new Int32Array(count)
  let held = 0
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index]!
    if (score === Number.NEGATIVE_INFINITY || (held === count && !(score > scores[best[held - 1]!]!))) continue
    let at = held < count ? held++ : held - 1
    for (; at > 0 && scores[best[at - 1]!]! < score; at -= 1) best[at] = best[at - 1]!
    best[at] = index
  }
  return best.subarray(0, held)
}
