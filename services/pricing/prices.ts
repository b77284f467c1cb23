/** How demand answers to prices, and what another price is expected to bring. */

import {
  ASSUMED_COST_SHARE,
  type DueShelf,
  elasticityOfShelf,
  type MarkdownExplanation,
  planShelf,
  readShelf,
} from '../../activities/pricing/markdowns.ts'
import type { MarkdownOption } from '../../models/pricing/markdown.ts'
import { bestPrice, outlookAt, type PriceOutlook } from '../../models/pricing/price-outlook.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice } from '../values.ts'

export const elasticityLevels = ['category', 'product', 'store', 'all'] as const
export type ElasticityLevel = (typeof elasticityLevels)[number]

export interface ElasticityFilter extends PageRequest {
  /** Default: category. */
  level?: ElasticityLevel
  category?: string
  /** Product or store. */
  member?: string
}

export interface LearntElasticity {
  level: ElasticityLevel
  /** Empty: of all, or of products without category. */
  category: string
  /** Product or store; empty: neither. */
  member: string
  name: string | null
  elasticity: number
  /** Standard error. */
  error: number
  /** Units sold below the usual price, and what would have been sold at it. */
  sold: number
  expected: number
  /** Null: not of a category. */
  promotionFactor: number | null
  /** YYYY-MM-DD */
  learntOn: string
}

/** By category and name of the member. @throws InvalidError when a value of the filter is impossible */
export async function listElasticities(pool: Pool, filter: ElasticityFilter = {}): Promise<Page<LearntElasticity>> {
  const { level = 'category', category, member } = filter
  requireChoice('level', level, elasticityLevels)
  const limit = limitOf(filter)
  const { rows } = await pool.query<LearntElasticity>(statement('pricing/list_response.sql'), [
    level,
    category ?? null,
    member ?? null,
    limit + 1,
    ...keyBefore(filter, ['text', 'text']),
  ])
  return pageOf(rows, limit, (row) => [row.category, row.member])
}

export interface PriceQuestion {
  store: string
  product: string
  /** Money for a unit. */
  price: number
  /** A promotion at that price, which is advertised; left out: the price alone. */
  isPromotion?: boolean
}

export interface PriceAnswer {
  productName: string
  currency: string
  listPrice: number
  priceNow: number
  unitCost: number
  isCostAssumed: boolean
  elasticity: number
  elasticityOf: MarkdownExplanation['elasticityOf']
  error: number
  /** A day at the list price and at the price that is asked for. */
  present: PriceOutlook
  asked: PriceOutlook
  /** Price with the greatest margin between half and one and a half of the list price, as far as the elasticity holds there. */
  best: PriceOutlook
  /** Where lots are near their expiry: what each markdown of today is expected to bring until they have expired. */
  markdowns: MarkdownOption[]
}

/** Prices this far from the list price are compared: what was learnt lies within. */
const LEAST_SHARE = 0.1
const MOST_SHARE = 2
const BEST_SHARES = [0.5, 1.5] as const
/** Where nothing was learnt: how far published elasticities are from each other. */
const PUBLISHED_ERROR = 1

type Item = Pick<
  DueShelf,
  'productElasticity' | 'categoryElasticity' | 'storeElasticity' | 'allElasticity' | 'productName'
> & {
  currency: string
  listPrice: number | null
  priceNow: number | null
  unitCost: number | null
  unitsPerDay: number | null
  error: number | null
  promotionFactor: number | null
}

/**
 * What a price would do to the sales of a product in a store; nothing is changed.
 *
 * @throws NotFoundError when the store does not have the product, or the reader does not see it
 * @throws InvalidError when its price or its demand is not known, or the price is too far from the list price
 */
export async function whatIfPrice(
  pool: Pool,
  { store, product, price, isPromotion = false }: PriceQuestion,
): Promise<PriceAnswer> {
  const { rows } = await pool.query<Item>(statement('pricing/read_item.sql'), [store, product])
  const item = rows[0]
  if (item === undefined) throw new NotFoundError('product', `${product} in store ${store}`)
  const { listPrice, unitsPerDay, productName, currency } = item
  if (listPrice === null || !(listPrice > 0)) {
    throw new InvalidError(`the list price of ${product} in store ${store} is not known`, { fix: 'send price_changes' })
  }
  if (unitsPerDay === null) {
    throw new InvalidError(`what ${product} usually sells in store ${store} is not known`, {
      fix: 'wait for a day of sales',
    })
  }
  requirePrice(price, listPrice)
  const { elasticity, elasticityOf } = elasticityOfShelf(item)
  const unitCost = item.unitCost ?? ASSUMED_COST_SHARE * listPrice
  const error = item.error ?? PUBLISHED_ERROR
  const promotionFactor = isPromotion ? (item.promotionFactor ?? 1) : 1
  const question = { unitsPerDay, usualPrice: listPrice, unitCost, elasticity, error, promotionFactor }
  const [least, most] = BEST_SHARES.map((share) => share * listPrice) as [number, number]
  return {
    productName,
    currency,
    listPrice,
    priceNow: item.priceNow ?? listPrice,
    unitCost,
    isCostAssumed: item.unitCost === null,
    elasticity,
    elasticityOf,
    error,
    present: outlookAt(listPrice, { ...question, promotionFactor: 1 }),
    asked: outlookAt(price, question),
    best: outlookAt(bestPrice(question, least, most), { ...question, promotionFactor: 1 }),
    markdowns: await markdownsOf(pool, store, product),
  }
}

function requirePrice(price: number, listPrice: number): void {
  const [least, most] = [LEAST_SHARE * listPrice, MOST_SHARE * listPrice]
  if (price >= least && price <= most) return
  throw new InvalidError('is too far from the list price', {
    field: 'price',
    value: price,
    fix: `give ${least.toFixed(2)} to ${most.toFixed(2)}`,
  })
}

async function markdownsOf(pool: Pool, store: string, product: string): Promise<MarkdownOption[]> {
  const { rows } = await pool.query<{ asOf: Date }>('select ops.now() as "asOf"')
  const shelf = await readShelf(pool, rows[0]!.asOf, store, product)
  // As if the day had no plan yet.
  const planned = shelf && planShelf({ ...shelf, percentNow: 0, stateNow: null })
  return planned?.plan.options ?? []
}
