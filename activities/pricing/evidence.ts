/** Learns, once per store and day, what was sold at which price; once a day, how demand answers to prices. */

import { type DayPrice, stretchesOf } from '../../models/pricing/price-day.ts'
import {
  addDay,
  DEPTHS,
  noAnswers,
  noEvidence,
  type PriceEvidence,
  type PriceReason,
  reasons,
} from '../../models/pricing/price-evidence.ts'
import {
  type CategoryEvidence,
  type Elasticity,
  learnPriceResponse,
  type PriceResponse,
} from '../../models/pricing/price-response.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const HOURS_A_DAY = 24
/** Fewer units than this no longer matter, and are not kept. */
const UNITS_MIN = 0.01

const dueDays = statement('pricing/due_days.sql')
const beginDay = statement('pricing/begin_day.sql')
const readVisitors = statement('pricing/read_visitors.sql')
const readDay = statement('pricing/read_day.sql')
const writeDay = statement('pricing/write_day.sql')
const isResponseDue = statement('pricing/is_response_due.sql')
const readAnswers = statement('pricing/read_answers.sql')
const readSquares = statement('pricing/read_squares.sql')
const replaceResponse = statement('pricing/replace_response.sql')

interface Answer {
  reason: PriceReason
  /** From 1. */
  step: number
  sold: number
  expected: number
}

interface ProductRow {
  productId: string
  priceFrom: number[]
  price: number[]
  reason: DayPrice['reason'][]
  usualPrice: number | null
  soldAt: number[]
  soldUnits: number[]
  doubtfulAt: number[]
  doubtfulAvailable: number[]
  /** Null before its first day. */
  usualUnits: number | null
  usualExposure: number
  usualDays: number
  squares: number
  squaresExpected: number
  answers: Answer[]
}

/**
 * Learns from the days that are over.
 *
 * @param daysMax days of stores in one call; the rest is for the next one
 * @param beat called after each
 * @returns days of stores that were learnt
 */
export async function learnPrices(pool: Pool, asOf: Date, daysMax: number, beat: () => void): Promise<number> {
  const { rows } = await pool.query<{ storeId: string; day: string }>(dueDays, [asOf, daysMax])
  for (const { storeId, day } of rows) {
    await learnDay(pool, storeId, day)
    beat()
  }
  if (rows.length < daysMax) await learnResponse(pool, asOf)
  return rows.length
}

function learnDay(pool: Pool, storeId: string, day: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    if ((await client.query(beginDay, [storeId, day])).rowCount === 0) return
    const { visitors } = (await client.query<{ visitors: number[] }>(readVisitors, [storeId, day])).rows[0]!
    const { rows } = await client.query<ProductRow>(readDay, [storeId, day])
    const products = rows.map((row) => ({ productId: row.productId, evidence: withDay(row, visitors) }))
    const usual = products.map(({ productId, evidence }) => ({
      product_id: productId,
      units: evidence.usualUnits,
      exposure: evidence.usualExposure,
      days: evidence.usualDays,
      squares: evidence.squares,
      squares_expected: evidence.squaresExpected,
    }))
    const answers = products.flatMap(({ productId, evidence }) => answersOf(productId, evidence))
    await client.query(writeDay, [storeId, JSON.stringify(usual), JSON.stringify(answers)])
  })
}

function withDay(row: ProductRow, visitors: readonly number[]): PriceEvidence {
  const evidence = evidenceOf(row)
  const units = new Float64Array(HOURS_A_DAY)
  const available = new Float64Array(HOURS_A_DAY).fill(1)
  row.soldAt.forEach((hour, index) => {
    units[hour] = row.soldUnits[index]!
  })
  row.doubtfulAt.forEach((hour, index) => {
    // What was sold was there.
    if (units[hour] === 0) available[hour] = row.doubtfulAvailable[index]!
  })
  const prices = row.priceFrom.map((from, index) => ({ from, price: row.price[index]!, reason: row.reason[index]! }))
  addDay(evidence, stretchesOf({ units, available, prices, usualPrice: row.usualPrice }, visitors))
  return evidence
}

function evidenceOf({
  usualUnits,
  usualExposure,
  usualDays,
  squares,
  squaresExpected,
  answers,
}: ProductRow): PriceEvidence {
  if (usualUnits === null) return noEvidence()
  const known = { ...noEvidence(), usualUnits, usualExposure, usualDays, squares, squaresExpected }
  for (const { reason, step, sold, expected } of answers) {
    known.answers[reason].sold[step - 1] = sold
    known.answers[reason].expected[step - 1] = expected
  }
  return known
}

function answersOf(productId: string, { answers }: PriceEvidence) {
  return reasons.flatMap((reason) =>
    Array.from({ length: DEPTHS }, (_, place) => ({
      product_id: productId,
      reason,
      depth_step: place + 1,
      sold: answers[reason].sold[place]!,
      expected: answers[reason].expected[place]!,
    })).filter(({ sold, expected }) => sold + expected >= UNITS_MIN),
  )
}

async function learnResponse(pool: Pool, asOf: Date): Promise<void> {
  const { rows } = await pool.query<{ due: boolean }>(isResponseDue, [asOf])
  if (!rows[0]!.due) return
  const response = learnPriceResponse(await readCategories(pool))
  await pool.query(replaceResponse, [asOf, JSON.stringify(rowsOf(response))])
}

interface SummedAnswer extends Answer {
  level: 'products' | 'stores'
  category: string
  member: string
}

async function readCategories(pool: Pool): Promise<CategoryEvidence[]> {
  const categories = new Map<string, CategoryEvidence>()
  const { rows: squares } =
    await pool.query<Pick<CategoryEvidence, 'category' | 'squares' | 'squaresExpected'>>(readSquares)
  for (const row of squares) categories.set(row.category, { ...row, products: new Map(), stores: new Map() })
  const { rows } = await pool.query<SummedAnswer>(readAnswers)
  for (const { level, category, member, reason, step, sold, expected } of rows) {
    const members = categories.get(category)?.[level]
    if (members === undefined) continue
    const answers = members.get(member) ?? noAnswers()
    members.set(member, answers)
    answers[reason].sold[step - 1] = sold
    answers[reason].expected[step - 1] = expected
  }
  return [...categories.values()].filter(({ products }) => products.size > 0)
}

function rowsOf({ all, categories }: PriceResponse) {
  const row = (level: string, category: string, member: string, { elasticity, error, sold, expected }: Elasticity) => ({
    level,
    category,
    member_id: member,
    elasticity,
    error,
    sold,
    expected,
  })
  return [
    row('all', '', '', all),
    ...[...categories.values()].flatMap(({ category, promotionFactor, dispersion, products, stores, ...own }) => [
      { ...row('category', category, '', own), promotion_factor: promotionFactor, dispersion },
      ...Array.from(products, ([product, known]) => row('product', category, product, known)),
      ...Array.from(stores, ([store, known]) => row('store', category, store, known)),
    ]),
  ]
}
