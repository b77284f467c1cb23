/** What an order line is decided from, page by page as the database knows it. */
import type { DemandKnown } from '../../models/replenishment/demand.ts'
import { DEMAND_SPEEDS, type Dependence, SPEED_BOUNDS, speedOf } from '../../models/replenishment/demand-speed.ts'
import { type LeadTime, meanLeadTime } from '../../models/replenishment/lead-time.ts'
import type { LinePolicy, LinePosition, LineTerms, OrderLineInput } from '../../models/replenishment/order-line.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { reviewedAgainIn } from './calendar.ts'
import type { DependenceBySpeed } from './dependence.ts'

/** Lines that are read and decided at once. */
const PAGE_ROWS_MAX = 1_000

/**
 * How the errors of one day's forecasts of a product go together over stores, where it was not learned: what makes it sell
 * more in one store (weather, a holiday) does so in others. Without it a warehouse would carry hardly any safety stock.
 */
const STORE_DEPENDENCE_DEFAULT = 0.2

const readLines = statement('replenishment/read_lines.sql')

/** Why a product is left out, by a word for programs and a sentence for people. */
export interface Skip {
  /** Empty: the whole supplier. */
  productId: string
  reason: SkipReason
  detail: string
}

export type SkipReason =
  | 'unknown_product'
  | 'unknown_stock'
  | 'no_demand'
  | 'contradictory_policies'
  | 'impossible_line'
  | 'budget_below_minimum'
  | 'below_minimum_order_value'
  | 'order_full'

/** Where a line's figures come from: `shelfline trace` follows it. */
export interface Provenance {
  /** The day of the forecast; null: none was used. */
  forecast_date: string | null
  /** The run of the ledger that wrote it; null where the ledger does not have it. */
  forecast_run: number | null
  /** Models that forecast it, e.g. `demand@3`. */
  models: string[]
  /** What was used instead of the forecast. */
  usual: string | null
  /** What people expect instead: `shelfline forecasts overrides` lists them. */
  overrides: number[]
  /** Stores whose demand it meets, by product. */
  series: number
  as_of: string
}

export interface KnownLine {
  productId: string
  productName: string
  input: OrderLineInput
  /** What the figures leave out, in words for people. */
  remarks: string[]
  provenance: Provenance
}

export interface UsedForecast {
  /** The last day that it knew. */
  date: string
  run: number | null
  /** Of the errors of past forecasts; null where these were too few. */
  dependence: DependenceBySpeed
}

/** What is the same for all lines that a location orders from a supplier. */
export interface LineContext {
  locationId: string
  supplierId: string
  /** The day of the review. */
  date: string
  asOf: Date
  /** The newest forecast that is not too old; null: there is none. */
  forecast: UsedForecast | null
  /** Days of demand that are read. */
  horizonDays: number
  /** From the review until the goods come. */
  leadTime: LeadTime
  /** From the review until the supplier's next order day. */
  untilNextDays: number
  weekdays: readonly number[]
  /** Whether prices and costs are in one money. */
  isOneCurrency: boolean
  /** What is planned instead of the policy that holds; then as if nothing were drafted for this day. */
  change?: PolicyChange
}

/** Values that replace those of every policy, to see their effect. */
export interface PolicyChange {
  serviceTarget?: number
}

/** As `read_lines.sql` gives it; arrays are by day, from the day of the review on. */
interface Row extends Omit<LinePolicy, 'maximumCoverDays'> {
  productId: string
  productName: string | null
  isWarehouse: boolean
  unitCost: number
  packSize: number
  palletSize: number | null
  minimumQuantity: number
  maximumQuantity: number | null
  capacity: number | null
  shelfLifeDays: number | null
  delistedInDays: number | null
  onHand: number | null
  availability: number
  reserved: number
  /** Open online orders of the store whose lines are not known. */
  ordersWithoutLines: number
  onOrder: number
  /** Of what is on order: not approved yet. */
  drafted: number
  arrivals: [quantity: number, inDays: number | null][] | null
  /** What of it other locations send, in words. */
  transfers: string | null
  lots: [quantity: number, daysLeft: number][] | null
  price: number | null
  serviceTarget: number
  reviewDays: number
  maximumCoverDays: number | null
  means: number[] | null
  variances: number[] | null
  forecastSeries: number
  models: string | null
  usualMean: number | null
  /** Of a day of `usualMean`. */
  usualVariance: number | null
  /** Units by day, of seven from the day of the review on. */
  usualWeek: number[] | null
  usualSources: string | null
  /** That apply on any of the days, the oldest first. */
  overrides: UsedOverride[] | null
  unknownSeries: number
  substitutesFor: string | null
}

interface UsedOverride {
  overrideId: number
  storeId: string
  productId: string
  /** YYYY-MM-DD */
  from: string
  to: string
  /** Decimal text: one of the two. */
  quantity: string | null
  factor: string | null
  by: string
  why: string
}

/**
 * The lines of a location and supplier, in pages, in the order of their products. A product that is not reviewed on this
 * day is in none of them.
 *
 * @param productIds left out: all
 */
export async function* readLinePages(
  client: Pick<PoolClient, 'query'>,
  context: LineContext,
  productIds?: readonly string[],
): AsyncGenerator<{ lines: KnownLine[]; skips: Skip[] }> {
  const { locationId, supplierId, date, forecast, horizonDays } = context
  for (let after = ''; ; ) {
    const values = [
      locationId,
      supplierId,
      date,
      forecast?.date ?? null,
      horizonDays,
      after,
      PAGE_ROWS_MAX,
      DEMAND_SPEEDS.map((speed) => forecast?.dependence[speed].stores ?? STORE_DEPENDENCE_DEFAULT),
      context.change !== undefined,
      productIds ?? null,
      SPEED_BOUNDS,
    ]
    const { rows } = await client.query<Row>({ name: 'replenishment_lines', text: readLines, values })
    const lines: KnownLine[] = []
    const skips: Skip[] = []
    for (const row of rows) {
      const known = lineOf(row, context)
      if (known === undefined) continue
      if ('reason' in known) skips.push(known)
      else lines.push(known)
    }
    yield { lines, skips }
    if (rows.length < PAGE_ROWS_MAX) return
    after = rows.at(-1)!.productId
  }
}

/** Undefined: not reviewed on this day. */
function lineOf(row: Row, context: LineContext): KnownLine | Skip | undefined {
  const { productId, productName, onHand, maximumCoverDays } = row
  const skip = (reason: SkipReason, detail: string): Skip => ({ productId, reason, detail })
  if (productName === null) return skip('unknown_product', `product_catalog has no record of "${productId}"`)
  const reviewDays = reviewDaysOf(row, context)
  if (reviewDays === undefined) return undefined
  if (onHand === null) {
    return skip('unknown_stock', `the stock of "${productId}" is unknown: send an inventory_updates event`)
  }
  const demand = demandOf(row, context)
  if (demand === undefined) {
    return skip('no_demand', `"${productId}" has no forecast and no sales: order its first delivery by hand`)
  }
  if (maximumCoverDays !== null && reviewDays > maximumCoverDays) {
    const conflict = `it is reviewed every ${reviewDays} days, but an order may cover at most ${maximumCoverDays} days`
    return skip('contradictory_policies', `${conflict}: raise maximum_cover_days, or lower review_days`)
  }
  const line = `${context.locationId}/${productId}/${context.supplierId}`
  const [position, terms, policy] = [
    positionOf(row, onHand, context.leadTime),
    termsOf(row, context),
    policyOf(row, context),
  ]
  return {
    productId,
    productName,
    input: {
      line,
      position,
      demand,
      leadTime: context.leadTime,
      reviewDays,
      terms,
      policy,
      ...(row.delistedInDays !== null && { delistedInDays: row.delistedInDays }),
    },
    remarks: remarksOf(row, context),
    provenance: provenanceOf(row, context),
  }
}

const reviewDaysOf = ({ method, reviewDays }: Row, { date, weekdays, untilNextDays }: LineContext) =>
  method === 'r_s' ? reviewedAgainIn(date, reviewDays, weekdays) : untilNextDays

/** What the supplier does not know of yet comes no sooner than what is ordered now, however long it has waited. */
function positionOf(row: Row, onHand: number, leadTime: LeadTime): LinePosition {
  const { availability, reserved, onOrder, arrivals, lots } = row
  const soonestDays = Math.ceil(meanLeadTime(leadTime))
  return {
    onHand,
    availability,
    reserved,
    onOrder,
    ...(arrivals !== null && {
      arriving: arrivals.map(([quantity, inDays]) => ({ quantity, inDays: inDays ?? soonestDays })),
    }),
    ...(lots !== null && { lots: lots.map(([quantity, daysLeft]) => ({ quantity, daysLeft })) }),
  }
}

function termsOf(row: Row, { isOneCurrency }: LineContext): LineTerms {
  const { unitCost, price, packSize, palletSize, minimumQuantity, maximumQuantity, capacity, shelfLifeDays } = row
  return {
    unitCost,
    price: isOneCurrency ? price : null,
    packSize,
    minimumQuantity,
    ...(palletSize !== null && { palletSize }),
    ...(maximumQuantity !== null && { maximumQuantity }),
    ...(capacity !== null && { capacity }),
    ...(shelfLifeDays !== null && { shelfLifeDays }),
    ...(!Number.isInteger(packSize) && { isCounted: false }),
  }
}

function policyOf(row: Row, { change }: LineContext): LinePolicy {
  const { method, serviceMeasure, serviceTarget, maximumCoverDays } = row
  const { holdingRatePerYear, stockOutCostRatio, wasteCostRatio, orderingCost } = row
  return {
    method,
    serviceMeasure,
    serviceTarget: change?.serviceTarget ?? serviceTarget,
    holdingRatePerYear,
    stockOutCostRatio,
    wasteCostRatio,
    orderingCost,
    ...(maximumCoverDays !== null && { maximumCoverDays }),
  }
}

/** The forecast, with the usual demand of stores that it does not have on top; or the usual demand alone. */
function demandOf(row: Row, { forecast }: LineContext): DemandKnown | undefined {
  const { means, variances, models, usualMean, usualVariance, usualWeek, usualSources } = row
  if (means === null) {
    if (usualMean === null) return undefined
    const inverseSize = usualMean > 0 ? Math.max(0, (usualVariance! - usualMean) / usualMean ** 2) : 0
    const week = usualMean > 0 ? usualWeek!.map((units) => units / usualMean) : undefined
    return { kind: 'rate', unitsPerDay: usualMean, inverseSize, ...(week && { week }), source: usualSources! }
  }
  const dependence = dependenceOf(row, forecast)?.days ?? null
  const learned = dependence === null ? {} : { dependence }
  const source = [models && `${models} of ${forecast!.date}`, usualSources, row.overrides && 'overrides by people']
    .filter((part) => part !== null)
    .join(', and ')
  const days = means.map((mean, day) => ({
    mean: mean + (usualWeek?.[day % 7] ?? 0),
    variance: variances![day]! + (usualVariance ?? 0),
  }))
  return { kind: 'forecast', days, ...learned, source }
}

/** By how fast the product sells in a store, in the mean. */
function dependenceOf({ means, forecastSeries }: Row, forecast: UsedForecast | null): Dependence | undefined {
  if (means === null || forecast === null) return undefined
  const perStoreDay = means.reduce((sum, mean) => sum + mean, 0) / means.length / Math.max(1, forecastSeries)
  return forecast.dependence[speedOf(perStoreDay)]
}

function remarksOf(row: Row, { isOneCurrency, forecast }: LineContext): string[] {
  const {
    isWarehouse,
    ordersWithoutLines,
    drafted,
    transfers,
    means,
    usualSources,
    unknownSeries,
    substitutesFor,
    price,
  } = row
  const remarks: [applies: boolean, remark: string][] = [
    [
      isWarehouse,
      'reserved: goods that are leaving the warehouse, and units that shelves and other locations wait for',
    ],
    [!isWarehouse, 'reserved: units that other locations and online orders wait for'],
    [ordersWithoutLines > 0, `${ordersWithoutLines} online orders have no lines: what they reserve is not known`],
    [drafted > 0, `${drafted} of the units on order are not approved yet`],
    [means !== null && usualSources !== null, 'some stores have no forecast: their usual demand is used instead'],
    [
      row.forecastSeries > 1 && dependenceOf(row, forecast)?.stores === null,
      `the correlation between stores' errors is unknown: ${STORE_DEPENDENCE_DEFAULT} is used instead`,
    ],
    [unknownSeries > 0, `${unknownSeries} stores have no data: their demand counts as zero`],
    [substitutesFor !== null, `includes the demand of ${substitutesFor}, which is delisted`],
    [!isOneCurrency && price !== null, 'the price is in another currency than the cost: it counts as unknown'],
  ]
  return [
    ...(transfers === null ? [] : [transfers]),
    ...overrideRemarks(row.overrides ?? []),
    ...remarks.filter(([applies]) => applies).map(([, remark]) => remark),
  ]
}

/** More are counted only. */
const OVERRIDES_NAMED_MAX = 5

function overrideRemarks(overrides: readonly UsedOverride[]): string[] {
  const named = overrides.slice(0, OVERRIDES_NAMED_MAX).map(({ quantity, factor, ...one }) => {
    const effect = quantity === null ? `${factor} × the forecast` : `${quantity} a day`
    return `override ${one.overrideId} by ${one.by}: ${effect} of ${one.productId} in ${one.storeId} on ${one.from} to ${one.to} (${one.why})`
  })
  const more = overrides.length - named.length
  return more > 0 ? [...named, `and ${more} more overrides`] : named
}

const provenanceOf = (row: Row, { forecast, asOf }: LineContext): Provenance => ({
  forecast_date: row.models === null ? null : forecast!.date,
  forecast_run: row.models === null ? null : forecast!.run,
  models: row.models?.split(', ') ?? [],
  usual: row.usualSources,
  overrides: row.overrides?.map(({ overrideId }) => overrideId) ?? [],
  series: row.forecastSeries,
  as_of: asOf.toISOString(),
})
