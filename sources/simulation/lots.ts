/** Goods of one product that came together. */
export interface Lot {
  batchId: string
  /** Last day on which it may be sold, YYYY-MM-DD. */
  expiresOn: string
  /** The day on which it was put here. */
  receivedOn: string
}

export interface Goods extends Lot {
  units: number
}

/** The goods of one product in one place: taken first expired, first out, as staff who rotate shelves see to. */
export class Pile {
  readonly #goods: Goods[] = []

  get units(): number {
    return this.#goods.reduce((sum, { units }) => sum + units, 0)
  }

  get goods(): readonly Readonly<Goods>[] {
    return this.#goods
  }

  add(added: Readonly<Goods>): void {
    if (added.units === 0) return
    const same = this.#goods.find(({ batchId }) => batchId === added.batchId)
    if (same) {
      same.units += added.units
      return
    }
    const behind = this.#goods.findIndex((goods) => goesBefore(added, goods))
    this.#goods.splice(behind < 0 ? this.#goods.length : behind, 0, { ...added })
  }

  /**
   * Takes at most this many units.
   *
   * @param accepts the lots that are taken from; left out: all
   * @returns what was there of it, by lot
   */
  take(wanted: number, accepts: (lot: Lot) => boolean = () => true): Goods[] {
    const taken: Goods[] = []
    let missing = wanted
    for (const goods of this.#goods.filter(accepts)) {
      if (missing === 0) break
      const units = Math.min(goods.units, missing)
      goods.units -= units
      missing -= units
      taken.push({ ...goods, units })
    }
    for (let at = this.#goods.length - 1; at >= 0; at -= 1) if (this.#goods[at]!.units === 0) this.#goods.splice(at, 1)
    return taken
  }

  /** Units that may still be sold on a day. */
  sellable(today: string): number {
    return this.#goods.reduce((sum, { units, expiresOn }) => (expiresOn >= today ? sum + units : sum), 0)
  }
}

export const unitsOf = (goods: readonly Goods[]): number => goods.reduce((sum, { units }) => sum + units, 0)

function goesBefore(one: Lot, other: Lot): boolean {
  if (one.expiresOn !== other.expiresOn) return one.expiresOn < other.expiresOn
  if (one.receivedOn !== other.receivedOn) return one.receivedOn < other.receivedOn
  return one.batchId < other.batchId
}
