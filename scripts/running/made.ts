/** What each stage of a run has made, in a sentence for a retailer; every figure comes from the database. */
import { counted } from '../../cli/output.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import type { WorkerKind } from '../../platform/worker-kinds.ts'

export interface Days {
  from: string
  to: string
}

const texts = {
  done: statement('first-run/done.sql'),
  sales: statement('first-run/sales.sql'),
  reports: statement('first-run/reports.sql'),
  features: statement('first-run/features.sql'),
  versions: statement('registry/list_versions.sql'),
  forecasts: statement('first-run/forecasts.sql'),
  orders: statement('first-run/orders.sql'),
  usedDoors: statement('first-run/used_doors.sql'),
}

async function one<Row>(pool: Pool, text: string, ...values: unknown[]): Promise<Row | undefined> {
  return (await pool.query(text, values)).rows[0] as Row | undefined
}

/** What an earlier run has made of the days up to `to`, and needs not be made again. */
export const alreadyMade = async (pool: Pool, to: string): Promise<{ isTrained: boolean; isForecast: boolean }> =>
  (await one<{ isTrained: boolean; isForecast: boolean }>(pool, texts.done, to))!

/** Workers beside those that every instance has: what they serve is registered, or the settings name it. */
export async function usedWorkers(
  pool: Pool,
  { avroTopics, predictToken }: Pick<Settings, 'avroTopics' | 'predictToken'>,
): Promise<WorkerKind[]> {
  const { rows } = await pool.query<{ kind: WorkerKind }>(texts.usedDoors)
  return [
    ...rows.map(({ kind }) => kind),
    ...(avroTopics.length > 0 ? ['avro' as const] : []),
    ...(predictToken === '' ? [] : ['predict' as const]),
  ]
}

const grouped = (value: number | string): string => Number(value).toLocaleString('en-GB')

export async function salesMade(pool: Pool, { from, to }: Days): Promise<string> {
  const found = await one<{
    lines: number
    revenue: string
    stores: number
    products: number
    currency: string | null
  }>(pool, texts.sales, from, to)
  const { lines, revenue, stores, products, currency } = found!
  if (lines === 0) return `Live state: nothing was sold from ${from} to ${to}.`
  return `Live state: ${counted(lines, 'sale line')} worth ${grouped(revenue)} ${currency ?? ''} counted, of ${counted(products, 'product')} in ${counted(stores, 'store')}; the stock of each is known.`
}

export async function reportsMade(pool: Pool, { from, to }: Days): Promise<string> {
  const found = await one<{ days: number; revenue: string; baskets: number; bestDay: string | null }>(
    pool,
    texts.reports,
    from,
    to,
  )
  const { days, revenue, baskets, bestDay } = found!
  if (days === 0) return `Reports: no day from ${from} to ${to} has sales.`
  return `Reports: ${counted(days, 'day')} with ${counted(baskets, 'basket')} and revenue of ${grouped(revenue)} are ready for Power BI; the best day was ${bestDay}.`
}

export async function featuresMade(pool: Pool, { from, to }: Days): Promise<string> {
  const { days, rows } = (await one<{ days: number; rows: number }>(pool, texts.features, from, to))!
  return `Features: ${counted(rows, 'row')} for ${counted(days, 'day')}, one for each product in a store each morning: recent sales, weekday, price.`
}

interface Version {
  model: string
  version: number
  isChampion: boolean
  trainedThrough: string
  value: number | null
  naiveValue: number | null
}

export async function modelMade(pool: Pool): Promise<string> {
  const version = await one<Version>(pool, texts.versions, 'demand', 1)
  if (version === undefined)
    return 'Model: none was trained, since four weeks of features are needed; `./scripts/run --days 28` has them.'
  const { model, version: number, isChampion, trainedThrough, value, naiveValue } = version
  const name = `Model: ${model}@${number}, trained on sales up to ${trainedThrough},`
  if (value === null || naiveValue === null) return `${name} was not measured.`
  const share = Math.round(100 * Math.abs(1 - value / naiveValue))
  const than = `${share} % ${value <= naiveValue ? 'less' : 'more'} than if last week's sales were repeated`
  return `${name} is wrong by ${than}; it ${isChampion ? 'makes' : 'does not make'} the forecasts.`
}

export async function forecastsMade(pool: Pool, { to }: Days): Promise<string> {
  const found = await one<{ days: number; series: number; units: string; lastDay: string | null }>(
    pool,
    texts.forecasts,
    to,
  )
  const { days, series, units, lastDay } = found!
  if (days === 0) return `Forecasts: none from ${to}, since there is no model.`
  return `Forecasts: about ${grouped(units)} units will be sold in the ${counted(days, 'day')} up to ${lastDay}, by product and store (${grouped(series)} forecasts a day).`
}

interface Orders {
  orders: number
  suppliers: number
  lines: number
  value: string
  currency: string | null
  waiting: number
  first: string | null
}

/** @param date the day of the review */
export async function ordersMade(pool: Pool, date: string): Promise<string> {
  const { orders, suppliers, lines, value, currency, waiting, first } = (await one<Orders>(pool, texts.orders, date))!
  if (orders === 0) return `Orders: nothing has to be ordered on ${date}.`
  const approval =
    waiting === 0
      ? 'none of them is large enough to need an approval'
      : `${waiting} ${waiting === 1 ? 'needs' : 'need'} an approval`
  return `Orders: ${counted(orders, 'order')} to ${counted(suppliers, 'supplier')} with ${counted(lines, 'line')} worth ${grouped(value)} ${currency} proposed for ${date}; ${approval}. For the reasons: \`./shelfline orders explain ${first}/1\`.`
}
