import type { Pool } from '../../platform/postgres.ts'
import { statement } from '../../platform/sql.ts'
import { DAY_MS, dayOf, midnightBefore } from './time.ts'
import type { PlaceDay } from './truth.ts'

/** What is scored: shelves on days. A day counts when this much of it was wrong. */
const detectors = [
  { name: 'phantom stock', alertType: 'phantom_stock', isTrue: (day: PlaceDay) => day.phantomHours >= 2 },
  { name: 'theft', alertType: 'shrinkage', isTrue: (day: PlaceDay) => day.stolen > 0 },
  { name: 'silent sensor', alertType: 'sensor_silent', isTrue: (day: PlaceDay) => day.silentHours >= 2 },
] as const

export interface Quality {
  /** Shelves and days that were found. */
  found: number
  /** Of what was wrong, the share that was found; null when nothing was wrong. */
  recall: number | null
  /** Of what was found, the share that was wrong; null when nothing was found. */
  precision: number | null
}

export interface Score {
  detector: string
  /** Shelves and days that were really wrong. */
  wrong: number
  alerts: Quality
  /** The rule that alerts have to beat: nothing sold for four opening hours. */
  quietRule: Quality
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
    return detectors.map(({ name, alertType }) => {
      const wrong = this.#wrong.get(alertType)!
      const alerted = new Set(rows.filter(({ alert_type }) => alert_type === alertType).flatMap(daysOf))
      return {
        detector: name,
        wrong: wrong.size,
        alerts: quality(alerted, wrong),
        quietRule: quality(this.#quiet, wrong),
      }
    })
  }
}

/** The days on which an alert's cause held. */
function daysOf({ store_id, product_id, first_seen, last_seen }: AlertRow): string[] {
  const days: string[] = []
  for (let at = midnightBefore(first_seen.getTime()); at <= last_seen.getTime(); at += DAY_MS) {
    days.push(keyOf(store_id, product_id, dayOf(at)))
  }
  return days
}

const keyOf = (storeId: string, productId: string, date: string): string => `${storeId}/${productId}/${date}`

export function quality(found: ReadonlySet<string>, wrong: ReadonlySet<string>): Quality {
  const hits = [...found].filter((key) => wrong.has(key)).length
  return {
    found: found.size,
    recall: wrong.size === 0 ? null : hits / wrong.size,
    precision: found.size === 0 ? null : hits / found.size,
  }
}
