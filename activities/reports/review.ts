/** The review of a week: the figures of reports, what became of the stores, and which products cost most. */
import { addDays } from '../../contracts/calendar.ts'
import type { Figure } from '../../contracts/figures/figure.ts'
import { figures } from '../../contracts/figures/index.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

/** What a week is looked at by, in order. `isNow`: of now, so that it has no week before. */
const reviewed: readonly { title: string; names: readonly string[]; isNow?: true }[] = [
  {
    title: 'Sales',
    names: [
      'revenue',
      'target',
      'attainment',
      'like_for_like',
      'units',
      'transactions',
      'average_basket',
      'margin_rate',
      'discount_rate',
    ],
  },
  { title: 'Losses', names: ['availability', 'stock_outs', 'lost_sales', 'waste_cost', 'waste_rate'] },
  { title: 'Stock now', names: ['stock_value', 'stock_out_rate', 'overstock_value'], isNow: true },
  { title: 'Suppliers', names: ['on_time', 'in_full', 'ordered_value'] },
  { title: 'Forecasts', names: ['weekly_accuracy'] },
]

const STORES_MAX = 40
const PRODUCTS_MAX = 15
const DAYS_OF_YEAR = 364

export interface ReviewedFigure extends Pick<Figure, 'name' | 'title' | 'meaning' | 'unit' | 'direction'> {
  /** Decimal text; null: not known. */
  value: string | null
  weekBefore: string | null
  /** Of the same weekdays 52 weeks before. */
  yearBefore: string | null
}

export interface ReviewedDay {
  day: string
  revenue: string
  weekBefore: string
}

/** Decimal text; null: not known, or there is none. */
export interface ReviewedStore {
  storeId: string
  name: string
  currency: string | null
  revenue: string
  weekBefore: string | null
  target: string | null
  marginRate: string | null
  lostSales: string | null
  waste: string | null
}

export interface ReviewedProduct {
  productId: string
  name: string
  stores: number
  amount: string | null
  quantity: string | null
}

export interface WeekReview {
  /** Monday and Sunday. */
  from: string
  through: string
  /** The newest day of the sales that was built; before `through` the week is not whole. */
  dataUpTo: string | null
  /** Of the stores; null: they have several. */
  currency: string | null
  groups: { title: string; figures: ReviewedFigure[] }[]
  days: ReviewedDay[]
  /** The largest by revenue. */
  stores: ReviewedStore[]
  lostSales: ReviewedProduct[]
  waste: ReviewedProduct[]
}

/**
 * @param monday the first day of the week
 * @param stores left out: all that the pool's login may read
 */
export async function readReview(
  client: Pool | PoolClient,
  monday: string,
  stores: readonly string[] | null = null,
): Promise<WeekReview> {
  const [from, through] = [monday, addDays(monday, 6)]
  const read = async <Row extends object>(text: string, values: readonly unknown[]) =>
    (await client.query<Row>(text, [...values])).rows
  const figuresBefore = (days: number) =>
    readFigures(client, { from: addDays(from, -days), through: addDays(through, -days), stores })
  const now = await figuresBefore(0)
  const weekBefore = await figuresBefore(7)
  const yearBefore = await figuresBefore(DAYS_OF_YEAR)
  const values = [from, through, stores]
  const days = await read<ReviewedDay>(statement('reports/read_review_days.sql'), values)
  const rows = await read<ReviewedStore>(statement('reports/read_review_stores.sql'), [...values, STORES_MAX])
  const products = await read<ReviewedProduct & { kind: 'lost_sales' | 'waste' }>(
    statement('reports/read_review_products.sql'),
    [...values, PRODUCTS_MAX],
  )
  const [built] = await read<{ day: string | null }>(
    `select max(last_date)::text as day from bi.data_freshness where asset = 'fact_sales'`,
    [],
  )
  const currencies = new Set(rows.map(({ currency }) => currency))
  const ofKind = (wanted: string) => products.filter(({ kind }) => kind === wanted).map(({ kind: _, ...rest }) => rest)
  return {
    from,
    through,
    dataUpTo: built?.day ?? null,
    currency: currencies.size === 1 ? ([...currencies][0] ?? null) : null,
    groups: reviewed.map(({ title, names, isNow }) => ({
      title,
      figures: names.map((name) => ({
        ...aboutFigure(name),
        value: now[name] ?? null,
        weekBefore: isNow ? null : (weekBefore[name] ?? null),
        yearBefore: isNow ? null : (yearBefore[name] ?? null),
      })),
    })),
    days,
    stores: rows,
    lostSales: ofKind('lost_sales'),
    waste: ofKind('waste'),
  }
}

const byName = new Map(figures.map((figure) => [figure.name, figure]))

function figureNamed(name: string): Figure {
  const figure = byName.get(name)
  if (figure === undefined) throw new Error(`the review names ${name}, which is no figure`)
  return figure
}

function aboutFigure(wanted: string) {
  const { name, title, meaning, unit, direction } = figureNamed(wanted)
  return { name, title, meaning, unit, direction }
}

const asked = reviewed.flatMap(({ names }) => names.map(figureNamed))

interface Period {
  from: string
  through: string
  stores: readonly string[] | null
}

/** Every figure in one statement, by its name. */
async function readFigures(
  client: Pool | PoolClient,
  { from, through, stores }: Period,
): Promise<Record<string, string | null>> {
  const { rows } = await client.query<Record<string, string | null>>(
    stores === null ? questionOfAll : questionOfStores,
    stores === null ? [from, through] : [from, through, stores],
  )
  return rows[0]!
}

const columns = asked.map(({ name, sql }) => `(select value::text from (${sql}) as own) as "${name}"`).join(',\n')

const questionOfAll = `select ${columns} from (select $1::date as first_day, $2::date as last_day) as asked`

/**
 * The same statements over the rows of some stores: each view of facts is replaced by its part. Dimensions stay as they are. Row-level
 * security does the same for a reader; who sends a review reads everything.
 */
const questionOfStores = ofStores(questionOfAll)

function ofStores(question: string): string {
  const VIEW = /\bbi\.(?!dim_)(\w+)/g
  const views = [...new Set([...question.matchAll(VIEW)].map(([, view]) => view!))]
  const parts = views.map(
    (view) =>
      `${view} as not materialized (select whole.* from bi.${view} as whole join store on store.store_key = whole.store_key)`,
  )
  return `with store as (select store_key from bi.dim_store where store_id = any ($3::text[])),
${parts.join(',\n')}
${question.replaceAll(VIEW, '$1')}`
}
