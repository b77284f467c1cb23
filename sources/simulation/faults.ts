import { TILLS } from './customers.ts'
import type { Faults } from './options.ts'
import { Random } from './random.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts'

export interface Outage {
  fromMs: number
  untilMs: number
}

/** What a sensor counts when this many units move; undefined when it misses them. */
type Count = number | undefined

const MISSED_SHARE = 0.6
const HIDDEN_THEFT_SHARE = 0.4
/** Of what is taken unseen: everything that the shelf holds. */
const SWEEP_SHARE = 0.25
const THIEF_FACTOR = 3

/** What a thief takes of one thing. */
export interface Haul {
  units: number
  isHidden: boolean
}

/**
 * What goes wrong in one store, drawn from its own stream: without faults nothing is drawn, and with them the same
 * customers come for the same things.
 */
export class StoreFaults {
  readonly #faults: Faults
  readonly #random: Random
  /** Of its own, so that the same visitors are thieves whatever the shelves hold. */
  readonly #thieves: Random
  #aisles = new Map<string, Outage>()
  #tills: (Outage | undefined)[] = []

  constructor(faults: Faults, seed: number, store: number) {
    this.#faults = faults
    this.#random = new Random(seed, 'faults', store)
    this.#thieves = new Random(seed, 'thieves', store)
  }

  /** Draws the outages of a day. @returns those of the aisles' sensors */
  startDay(dayMs: number, aisles: readonly string[]): ReadonlyMap<string, Outage> {
    this.#aisles = new Map()
    for (const aisle of aisles) {
      if (this.#random.chance(this.#faults.sensorSilent)) this.#aisles.set(aisle, this.#outage(dayMs, 8, 16, 2, 8))
    }
    this.#tills = Array.from({ length: TILLS }, () =>
      this.#random.chance(this.#faults.tillOffline) ? this.#outage(dayMs, 9, 19, 1, 4) : undefined,
    )
    return this.#aisles
  }

  #outage(dayMs: number, firstHour: number, lastHour: number, leastHours: number, mostHours: number): Outage {
    const fromMs = dayMs + Math.round(this.#random.between(firstHour, lastHour) * 60) * MINUTE_MS
    return { fromMs, untilMs: fromMs + Math.round(this.#random.between(leastHours, mostHours) * 60) * MINUTE_MS }
  }

  isSilent(aisle: string, atMs: number): boolean {
    return contains(this.#aisles.get(aisle), atMs)
  }

  /** What the aisle's sensor counts when this many units move. */
  count(aisle: string, units: number, atMs: number): Count {
    if (this.isSilent(aisle, atMs)) return undefined
    if (!this.#random.chance(this.#faults.sensorLies)) return units
    return this.#random.chance(MISSED_SHARE) ? undefined : units + 1
  }

  /** When what a till wrote reaches Kafka. */
  tillKnownAt(till: number, atMs: number): number {
    const outage = this.#tills[till]
    return contains(outage, atMs) ? outage!.untilMs + this.#random.integer(1, 60) * SECOND_MS : atMs
  }

  isThief(): boolean {
    return this.#thieves.chance(this.#faults.theft)
  }

  /** A thief takes three times what a customer would; now and then all there is. */
  haul(units: number): Haul {
    const isHidden = this.#random.chance(HIDDEN_THEFT_SHARE)
    const isSweep = isHidden && this.#random.chance(SWEEP_SHARE)
    return { units: isSweep ? Number.POSITIVE_INFINITY : units * THIEF_FACTOR, isHidden }
  }

  isMisplaced(): boolean {
    return this.#random.chance(this.#faults.misplaced)
  }

  /** The other shelf that something is put on: any but its own. */
  otherShelf(own: number, shelves: number): number {
    return (own + this.#random.integer(1, shelves - 1)) % shelves
  }

  /** How long the till charges the old price; 0 when it follows at once. */
  labelLagMs(): number {
    return this.#random.chance(this.#faults.labelLag) ? Math.round(this.#random.between(6, 30) * HOUR_MS) : 0
  }

  /** When an event is sent a second time; undefined when it isn't. */
  repeatedAt(knownAtMs: number): number | undefined {
    return this.#random.chance(this.#faults.duplicates)
      ? knownAtMs + this.#random.integer(1, 120) * SECOND_MS
      : undefined
  }
}

/** What goes wrong with payments in one store, of a stream of its own. */
export class PaymentFaults {
  readonly #faults: Faults
  readonly #random: Random

  constructor(faults: Faults, seed: number, store: number) {
    this.#faults = faults
    this.#random = new Random(seed, 'payment faults', store)
  }

  isUnpaid(): boolean {
    return this.#random.chance(this.#faults.unpaid)
  }

  hasFalseRefunds(): boolean {
    return this.#random.chance(this.#faults.falseRefunds)
  }

  /** At which till, from which hour on, how many. */
  falseRefunds(firstHour: number, tills: number): { till: number; hour: number; count: number } {
    return {
      till: this.#random.integer(0, tills - 1),
      hour: this.#random.integer(firstHour, firstHour + 8),
      count: this.#random.integer(3, 5),
    }
  }
}

const contains = (outage: Outage | undefined, atMs: number): boolean =>
  outage !== undefined && atMs >= outage.fromMs && atMs < outage.untilMs
