/** Plans by how much shelves with lots near their expiry are marked down. */
import { addDays } from '../../contracts/calendar.ts'
import { daysOfDemand } from '../../models/live-state/stock-out-risk.ts'
import {
  type DatedUnits,
  type MarkdownLimits,
  type MarkdownPlan,
  planMarkdown,
  REVIEW_HOUR,
} from '../../models/pricing/plan-markdown.ts'
import { ELASTICITY_MAX, PUBLISHED } from '../../models/pricing/price-response.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** Shelves that are read, planned and written at once. */
const PAGE_ROWS_MAX = 1_000
/** A product without terms of a supplier is taken to cost this share of its list price. */
export const ASSUMED_COST_SHARE = 0.7

const readDueShelves = statement('pricing/read_due_shelves.sql')
const mergePlans = statement('pricing/merge_plans.sql')

/** As `read_due_shelves.sql` gives it. */
export interface DueShelf {
  storeId: string
  productId: string
  productName: string
  category: string
  /** The store's day. */
  planDate: string
  hour: number
  /** The hour of the week at its beginning, Monday 00:00 is 0. */
  midnightOfWeek: number
  nearExpiryDays: number
  percentMax: number
  approvalPercent: number | null
  expiryCostPercent: number
  listPrice: number
  price: number
  unitCost: number | null
  unitsPerDay: number
  runningDays: number[] | null
  isResupplied: boolean
  /** Of the plan that the day has. */
  percentNow: number
  stateNow: 'automatic' | 'proposed' | 'approved' | 'denied' | null
  productElasticity: number | null
  categoryElasticity: number | null
  storeElasticity: number | null
  allElasticity: number | null
  error: number | null
  dispersion: number | null
  lots: DatedUnits[]
  /** The part of the warehouse's lots that this shelf's sales are of all that it refills. */
  stored: DatedUnits[]
}

/** What a plan was made with and what each markdown was expected to bring; stored with it. */
export interface MarkdownExplanation {
  productName: string
  unitsPerDay: number
  elasticity: number
  /** Where it comes from. */
  elasticityOf: 'product' | 'category' | 'all products' | 'publications'
  error: number | null
  listPrice: number
  price: number
  unitCost: number
  isCostAssumed: boolean
  limits: MarkdownLimits
  lots: DatedUnits[]
  stored: DatedUnits[]
  options: MarkdownPlan['options']
}

export interface PlannedShelf {
  shelf: DueShelf
  plan: MarkdownPlan
  explanation: MarkdownExplanation
}

/**
 * Plans the markdowns that are due.
 *
 * @param beat called after each page
 * @returns shelves that were planned
 */
export async function planMarkdowns(pool: Pool, asOf: Date, beat: () => void): Promise<number> {
  let planned = 0
  for (let after: DueShelf | undefined; ; ) {
    const place = [after?.storeId ?? null, after?.productId ?? null]
    const { rows } = await pool.query<DueShelf>(readDueShelves, [
      asOf,
      REVIEW_HOUR,
      PAGE_ROWS_MAX,
      ...place,
      null,
      null,
    ])
    const plans = rows.flatMap((shelf) => planShelf(shelf) ?? [])
    if (plans.length > 0) await pool.query(mergePlans, [asOf, JSON.stringify(plans.map(planRow))])
    planned += plans.length
    beat()
    if (rows.length < PAGE_ROWS_MAX) return planned
    after = rows.at(-1)
  }
}

/** A shelf with lots near their expiry, whether its markdown is due or not; undefined where it has none, or can't be planned. */
export async function readShelf(
  pool: Pick<PoolClient, 'query'>,
  asOf: Date,
  store: string,
  product: string,
): Promise<DueShelf | undefined> {
  const { rows } = await pool.query<DueShelf>(readDueShelves, [asOf, REVIEW_HOUR, 1, null, null, store, product])
  return rows[0]
}

export function planShelf(shelf: DueShelf): PlannedShelf | undefined {
  const { elasticity, elasticityOf } = elasticityOfShelf(shelf)
  const limits = limitsOf(shelf)
  const { lots, stored, hour, midnightOfWeek, runningDays, unitsPerDay, dispersion, listPrice, price, isResupplied } =
    shelf
  const unitCost = shelf.unitCost ?? ASSUMED_COST_SHARE * listPrice
  const plan = planMarkdown(
    {
      lots,
      stored,
      hour,
      unitsBetween: (from, to) =>
        unitsPerDay *
        (runningDays === null
          ? (to - from) / 24
          : daysOfDemand(Float64Array.from(runningDays), midnightOfWeek + from, to - from)),
      inverseSize: unitsPerDay > 0 ? ((dispersion ?? 1) - 1) / unitsPerDay : 0,
      elasticity,
      usualPrice: listPrice,
      price,
      unitCost,
      isResupplied,
      percentNow: shelf.percentNow,
    },
    limits,
  )
  if (plan === undefined) return undefined
  const explanation: MarkdownExplanation = {
    productName: shelf.productName,
    unitsPerDay,
    elasticity,
    elasticityOf,
    error: shelf.error,
    listPrice,
    price,
    unitCost,
    isCostAssumed: shelf.unitCost === null,
    limits,
    lots,
    stored,
    options: plan.options,
  }
  return { shelf, plan, explanation }
}

/** As `elasticityIn` has it. */
export function elasticityOfShelf(
  known: Pick<DueShelf, 'productElasticity' | 'categoryElasticity' | 'storeElasticity' | 'allElasticity'>,
): Pick<MarkdownExplanation, 'elasticity' | 'elasticityOf'> {
  const { productElasticity: product, categoryElasticity: category, storeElasticity: store, allElasticity: all } = known
  const own = product ?? category ?? all ?? PUBLISHED.mean
  const moved = store === null || category === null ? own : own + store - category
  return {
    elasticity: Math.min(ELASTICITY_MAX, Math.max(0, moved)),
    elasticityOf:
      product !== null ? 'product' : category !== null ? 'category' : all !== null ? 'all products' : 'publications',
  }
}

/** What a person has decided about the day's plan holds for the rest of the day. */
function limitsOf({
  nearExpiryDays,
  percentMax,
  approvalPercent,
  expiryCostPercent,
  percentNow,
  stateNow,
}: DueShelf): MarkdownLimits {
  const limits = { nearExpiryDays, percentMax, approvalPercent, wasteCostRatio: expiryCostPercent / 100 }
  if (approvalPercent === null) return limits
  if (stateNow === 'approved') return { ...limits, approvalPercent: Math.max(approvalPercent, percentNow) }
  if (stateNow === 'denied') return { ...limits, percentMax: Math.min(percentMax, approvalPercent) }
  return limits
}

const planRow = ({ shelf, plan, explanation }: PlannedShelf) => ({
  store_id: shelf.storeId,
  product_id: shelf.productId,
  plan_date: shelf.planDate,
  percent: plan.percent,
  best_percent: plan.best,
  near_quantity: plan.nearUnits,
  last_expires_on: addDays(shelf.planDate, plan.days),
  explanation,
})
