import { createHash } from 'node:crypto'
import type { PatternName } from './pattern.ts'
import { DAY_MS } from './time.ts'

/** What goes wrong, each as a probability from 0 to 1; all of them 0 in a world without faults. */
export interface Faults {
  /** Of a pickup or putback: the sensor misses it, or counts one unit more. */
  sensorLies: number
  /** Of an aisle on a day: its sensors fall silent for 2 to 8 hours. */
  sensorSilent: number
  /** Of a till on a day: it is offline for 1 to 4 hours and sends its sales when it is back. */
  tillOffline: number
  /** Of an event: it is sent a second time. */
  duplicates: number
  /** Of a visit: the visitor takes up to three things, three times as much of each, and leaves without paying. */
  theft: number
  /** Of a putback: it lands on another shelf. */
  misplaced: number
  /** Of a price change: the till charges the old price for 6 to 30 hours. */
  labelLag: number
  /** Of a sale by card: the bank declines, and the goods leave all the same. */
  unpaid: number
  /** Of a store on a day: a cashier pays back for sales whose goods no one brought back. */
  falseRefunds: number
}

export const noFaults: Readonly<Faults> = Object.freeze({
  sensorLies: 0,
  sensorSilent: 0,
  tillOffline: 0,
  duplicates: 0,
  theft: 0,
  misplaced: 0,
  labelLag: 0,
  unpaid: 0,
  falseRefunds: 0,
})

export const isFaultless = (faults: Faults): boolean => Object.values(faults).every((probability) => probability === 0)

export interface WorldOptions {
  stores: number
  /** Products in every store: 500 at most, as many as the pattern has ranks of popularity. */
  products: number
  /** Visits to a store on an average day; stores differ by a factor of 0.7 to 1.4. */
  visitsPerDay: number
  days: number
  /** The first day, YYYY-MM-DD. */
  from: string
  seed: number
  pattern: PatternName
  faults: Faults
  /** Warehouses are replenished by purchase orders, whose suppliers deliver late, short and damaged. */
  orders?: true
  /** Orders in the web shop of a store, as a share of its visits; left out: there is none. */
  online?: number
}

export const startMs = ({ from }: Pick<WorldOptions, 'from'>): number => Date.parse(`${from}T00:00:00Z`)
export const endMs = ({ from, days }: Pick<WorldOptions, 'from' | 'days'>): number => startMs({ from }) + days * DAY_MS

/** Names a run: the same options, the same name. Ids of stores, products and events begin with it, so that runs don't mix. */
export function runName(options: WorldOptions): string {
  const { faults, ...rest } = options
  const text = JSON.stringify([Object.entries(rest).sort(), Object.entries(faults).sort()])
  return `sim-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`
}
