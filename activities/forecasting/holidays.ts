/** Public holidays of the countries of stores, by the rules of `date-holidays`. */
import type Holidays from 'date-holidays'
import { addDays, DAY_MS } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** Those of `dim_date`. */
const YEARS = { first: 2009, last: 2030 }
/** Of one round; the others follow in the next. */
const COUNTRIES_MAX = 20

export interface Holiday {
  /** YYYY-MM-DD */
  day: string
  /** English. */
  name: string
}

/**
 * Adds the holidays of countries of stores that have none yet; what is there stays, so that features of past days do not change.
 *
 * @returns the holidays that were added
 */
export async function fillHolidays(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ country: string }>(statement('forecasting/countries_without_holidays.sql'), [
    COUNTRIES_MAX,
  ])
  let added = 0
  for (const { country } of rows) {
    const holidays = await holidaysOf(country)
    const { rowCount } = await pool.query(statement('forecasting/insert_holidays.sql'), [
      country,
      holidays.map(({ day }) => day),
      holidays.map(({ name }) => name),
    ])
    added += rowCount ?? 0
  }
  return added
}

/**
 * Whole days off in all of a country, without those of single regions.
 *
 * @param country its English name, or its code by ISO 3166-1
 * @returns none for a country that is not known
 */
export async function holidaysOf(country: string): Promise<Holiday[]> {
  // Rules of every country: read only when a country is new.
  const { default: Calendar } = await import('date-holidays')
  const code = codeOf(country, Object.keys(new Calendar().getCountries('en')))
  if (code === undefined) return []
  const calendar = new Calendar(code, { types: ['public'] })
  const byDay = new Map<string, string>()
  for (let year = YEARS.first; year <= YEARS.last; year += 1) {
    for (const holiday of calendar.getHolidays(year, 'en')) {
      for (const day of wholeDaysOf(holiday)) if (!byDay.has(day)) byDay.set(day, holiday.name)
    }
  }
  return [...byDay].map(([day, name]) => ({ day, name }))
}

const names = new Intl.DisplayNames(['en'], { type: 'region' })

const codeOf = (country: string, codes: readonly string[]): string | undefined =>
  codes.find((code) => code === country.toUpperCase() || names.of(code)?.toLowerCase() === country.toLowerCase())

/** The days of its place's calendar; none for half a day. */
function wholeDaysOf({ date, start, end }: ReturnType<Holidays['getHolidays']>[number]): string[] {
  // An hour is lost or won where the clocks change.
  const days = Math.floor((end.getTime() - start.getTime() + DAY_MS / 12) / DAY_MS)
  return Array.from({ length: days }, (_, n) => addDays(date.slice(0, 10), n))
}
