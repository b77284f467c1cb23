import type { PlaceCounts } from './place.ts'

/** A shelf on a day, as it really was. One line of `days.jsonl`. */
export interface PlaceDay extends PlaceCounts {
  date: string
  storeId: string
  productId: string
  category: string
  capacity: number
  /** At midnight. */
  onShelf: number
  inTransit: number
}

/** A product in a warehouse at midnight. One line of `warehouses.jsonl`. */
export interface WarehouseDay {
  date: string
  warehouseId: string
  productId: string
  onHand: number
}

/** Something that happened once. One line of `incidents.jsonl`. */
export type Incident = { at: string; storeId: string } & (
  | { kind: 'theft'; productId: string; units: number; wasSeen: boolean }
  | { kind: 'misplacement'; productId: string; units: number; shelfId: string }
  | { kind: 'silent sensors'; aisle: string; until: string }
  | { kind: 'lagging label'; productId: string; until: string }
  | { kind: 'supplier order'; productId: string; units: number; orderId: string; arrivesAt: string | null }
  | { kind: 'late delivery'; productId: string; orderId: string; days: number }
  | { kind: 'short delivery'; productId: string; orderId: string; units: number }
  | { kind: 'damaged delivery'; productId: string; orderId: string; units: number }
  | { kind: 'unpaid sale' | 'false refund'; transactionId: string; cents: number }
)

/** Sums over a run, in units and cents. */
export interface Totals {
  opening: number
  delivered: number
  demanded: number
  sold: number
  revenueCents: number
  lost: number
  lostCents: number
  stolen: number
  misplaced: number
  wasted: number
  /** At list prices. */
  wastedCents: number
  /** Sum and number of the fill ratios that were taken of every shelf at every opening hour. */
  fillSum: number
  fillSamples: number
  emptySamples: number
}

export const noTotals = (): Totals => ({
  opening: 0,
  delivered: 0,
  demanded: 0,
  sold: 0,
  revenueCents: 0,
  lost: 0,
  lostCents: 0,
  stolen: 0,
  misplaced: 0,
  wasted: 0,
  wastedCents: 0,
  fillSum: 0,
  fillSamples: 0,
  emptySamples: 0,
})

export interface TruthRecords {
  days: PlaceDay[]
  warehouses: WarehouseDay[]
  incidents: Incident[]
}

/** What really happened in a world: kept beside the run, never sent. */
export class Truth {
  readonly totals: Totals = noTotals()
  #records: TruthRecords = { days: [], warehouses: [], incidents: [] }

  note(incident: Incident): void {
    this.#records.incidents.push(incident)
  }

  addDay(day: PlaceDay): void {
    this.#records.days.push(day)
  }

  addWarehouseDay(day: WarehouseDay): void {
    this.#records.warehouses.push(day)
  }

  /** What was recorded since the last call. */
  take(): TruthRecords {
    const taken = this.#records
    this.#records = { days: [], warehouses: [], incidents: [] }
    return taken
  }
}
