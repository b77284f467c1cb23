import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { DAY_MS, dayOf, midnightBefore } from './time.ts'
import type { PlaceDay } from './truth.ts'

/**
 * What is scored: shelves on days. A day counts when this much of it was wrong; an alert speaks of the days from its
 * first to its last sight, and as far before as its rule looks back.
 */
const detectors = [
  {
    name: 'phantom stock',
    alertType: 'phantom_stock',
    lookBackMs: 0,
    isTrue: (day: PlaceDay) => day.phantomHours >= 2,
  },
  { name: 'theft', alertType: 'shrinkage', lookBackMs: DAY_MS, isTrue: (day: PlaceDay) => day.stolen >= 3 },
  { name: 'silent sensor', alertType: 'sensor_silent', lookBackMs: 0, isTrue: (day: PlaceDay) => day.silentHours >= 2 },
  {
    name: 'wrong price',
    alertType: 'price_mismatch',
    lookBackMs: 0,
    isTrue: (day: PlaceDay) => day.mispricedLines >= 2,
  },
] as const

export interface Quality {
  /** Alerts, or shelves and days that the rule points at. */
  found: number
  /** Of what was wrong, the share that was found; null when nothing was wrong. */
  recall: number | null
  /** Of what was found, the share that was wrong; null when nothing was found. */
  precision: number | null
  /** Harmonic mean of the two (F1): it shows which of two detectors is better; null when either is. */
  f1: number | null
}

export interface Score {
  detector: string
  /** Shelves and days that were really wrong. */
  wrong: number
  alerts: Quality
  /** The rule that alerts have to beat: nothing sold for four opening hours. */
  quietRule: Quality
  /** What the alerts rest on, compared with the rule at equal effort; null where nothing ranks the shelves. */
  ranking: Ranking | null
}

/** Shelves' days in the order of their doubt, the first of them taken for alarms. */
export interface Ranking {
  /** As many as the rule raises. */
  atItsAlarms: Quality
  /** As many as it takes to find what the rule finds. */
  atItsRecall: Quality
}

/** How sure Shelfline is that a product can be bought, of a shelf that should hold some. */
export interface Belief {
  store_id: string
  product_id: string
  /** Where the hour begins that it speaks of. */
  hour: Date
  p_available: number
}

interface AlertRow {
  alert_type: string
  store_id: string
  product_id: string
  first_seen: Date
  last_seen: Date
}

/** Collects the days on which something was wrong, and holds alerts against them. */
export class ScoreKeeper {
  readonly #wrong = new Map<string, Set<string>>(detectors.map(({ alertType }) => [alertType, new Set()]))
  readonly #quiet = new Set<string>()
  /** By shelf and day the lowest probability that was believed: what the phantom stock alert goes by. */
  readonly #leastAvailable = new Map<string, number>()

  believe(beliefs: readonly Belief[]): void {
    for (const { store_id, product_id, hour, p_available } of beliefs) {
      const key = keyOf(store_id, product_id, dayOf(hour.getTime()))
      this.#leastAvailable.set(key, Math.min(p_available, this.#leastAvailable.get(key) ?? 1))
    }
  }

  add(days: readonly PlaceDay[]): void {
    for (const day of days) {
      const key = keyOf(day.storeId, day.productId, day.date)
      for (const { alertType, isTrue } of detectors) if (isTrue(day)) this.#wrong.get(alertType)!.add(key)
      if (day.isQuiet) this.#quiet.add(key)
    }
  }

  async score(pool: Pool, storeIds: readonly string[]): Promise<Score[]> {
    const { rows } = await pool.query<AlertRow>(statement('simulation/read_alerts.sql'), [
      storeIds,
      detectors.map(({ alertType }) => alertType),
    ])
    return detectors.map(({ name, alertType, lookBackMs }) => {
      const wrong = this.#wrong.get(alertType)!
      const alerts = rows.filter(({ alert_type }) => alert_type === alertType).map((alert) => daysOf(alert, lookBackMs))
      const quietRule = quality(
        [...this.#quiet].map((key) => [key]),
        wrong,
      )
      const ranking = alertType === 'phantom_stock' ? ranked(this.#leastAvailable, wrong, quietRule) : null
      return { detector: name, wrong: wrong.size, alerts: quality(alerts, wrong), quietRule, ranking }
    })
  }
}

/** @param leastAvailable by shelf and day; the lowest comes first */
export function ranked(
  leastAvailable: ReadonlyMap<string, number>,
  wrong: ReadonlySet<string>,
  rule: Quality,
): Ranking {
  const order = [...leastAvailable].sort(([, one], [, other]) => one - other).map(([key]) => [key])
  const wanted = Math.round((rule.recall ?? 0) * wrong.size)
  let alarms = 0
  for (let found = 0; found < wanted && alarms < order.length; alarms += 1)
    if (wrong.has(order[alarms]![0]!)) found += 1
  return {
    atItsAlarms: quality(order.slice(0, rule.found), wrong),
    atItsRecall: quality(order.slice(0, alarms), wrong),
  }
}

/** The shelf's days that an alert speaks of. */
function daysOf({ store_id, product_id, first_seen, last_seen }: AlertRow, lookBackMs: number): string[] {
  const days: string[] = []
  for (let at = midnightBefore(first_seen.getTime() - lookBackMs); at <= last_seen.getTime(); at += DAY_MS) {
    days.push(keyOf(store_id, product_id, dayOf(at)))
  }
  return days
}

const keyOf = (storeId: string, productId: string, date: string): string => `${storeId}/${productId}/${date}`

/** @param found for each finding the shelf's days that it speaks of: it is right when one of them was wrong */
export function quality(found: readonly (readonly string[])[], wrong: ReadonlySet<string>): Quality {
  const right = found.filter((days) => days.some((day) => wrong.has(day))).length
  const covered = new Set(found.flat().filter((day) => wrong.has(day))).size
  const recall = wrong.size === 0 ? null : covered / wrong.size
  const precision = found.length === 0 ? null : right / found.length
  const f1 = recall === null || precision === null ? null : (2 * recall * precision) / (recall + precision || 1)
  return { found: found.length, recall, precision, f1 }
}
