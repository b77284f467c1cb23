/**
 * A stream of random numbers that depends on its seed and names only: sfc32 (Chris Doty-Humphrey, PractRand), seeded by
 * a 32-bit FNV-1a hash of the names. One stream per purpose, store and day, so that what one part of the world draws
 * doesn't change what another part draws.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(...names: readonly (string | number)[]) {
    const text = names.join('|')
    this.#a = hash(text, 0x811c9dc5)
    this.#b = hash(text, 0x2f0b4c47)
    this.#c = hash(text, 0x6b43a9b5)
    for (let round = 0; round < 15; round += 1) this.next()
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }

  /** True with the given probability. A probability of 0 draws nothing. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least)
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** A count of independent events of which `mean` are expected (Knuth; in parts, so that exp() doesn't underflow). */
  poisson(mean: number): number {
    if (mean > 30) return this.poisson(mean / 2) + this.poisson(mean / 2)
    const limit = Math.exp(-mean)
    let count = -1
    for (let product = 1; product > limit; product *= this.next()) count += 1
    return count
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)]!
  }
}

function hash(text: string, basis: number): number {
  let state = basis
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 16_777_619)
  return state | 0
}

/** Draws positions of a list in proportion to the weights there. */
export class Weighted {
  readonly #cumulative: number[] = []

  /** @param weights at least one of them above 0 */
  constructor(weights: readonly number[]) {
    let total = 0
    for (const weight of weights) {
      total += weight
      this.#cumulative.push(total)
    }
  }

  draw(random: Random): number {
    const point = random.next() * this.#cumulative.at(-1)!
    let low = 0
    let high = this.#cumulative.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#cumulative[middle]! > point) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** The value at a share of a distribution that is given by equally spaced quantiles. */
export function quantile(quantiles: readonly number[], share: number): number {
  const place = share * (quantiles.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, quantiles.length - 1)
  return quantiles[below]! + (quantiles[above]! - quantiles[below]!) * (place - below)
}
