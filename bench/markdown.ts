/**
 * Markdowns that are planned against the same percentage for all, in simulated supermarkets, and how well elasticities are
 * learnt from what a retailer sees. No instance is needed.
 *
 * `node bench/markdown.ts [seeds = 1,2,3,4,5] [stores = 5] [products = 150] [visits = 250]`
 *
 * Both rules see the same customers, suppliers and staff: six weeks in which the fixed rule holds, then two that are measured.
 * Margin is revenue less what was sold and wasted cost. No constant was chosen on seeds 1 to 5: others from 101 on were looked at.
 */
import type { PriceResponse } from '../models/pricing/price-response.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import type { Product } from '../sources/simulation/assortment.ts'
import { noFaults, type WorldOptions } from '../sources/simulation/options.ts'
import { readPattern } from '../sources/simulation/pattern.ts'
import { type MarkdownRule, Shops, type Takings } from './markdown/shops.ts'
import { machine, median } from './measure.ts'

const [seeds = '1,2,3,4,5', stores = '5', products = '150', visits = '250'] = process.argv.slice(2)
const HISTORY_DAYS = 42
const MEASURED_DAYS = 14
/** The policies of the simulation: what the minute job does with them, and the limits of the plan. */
const FIXED: MarkdownRule = { kind: 'fixed', nearExpiryDays: 1, percent: 30 }
const PLANNED: MarkdownRule = {
  kind: 'planned',
  limits: { nearExpiryDays: 2, percentMax: 70, approvalPercent: null, wasteCostRatio: 1 },
}

console.log(machine())
const settings = loadSettings()
const pattern = await readPattern(settings, 'complete-journey')
const results = seeds.split(',').map((seed) => compare(Number(seed)))
const all = results.map(({ fixed, planned }) => [
  planned.wasted / fixed.wasted - 1,
  planned.wastedCents / fixed.wastedCents - 1,
  planned.marginCents / fixed.marginCents - 1,
])
const overall = [0, 1, 2].map((index) => percent(median(all.map((row) => row[index]!)), true))
console.log(
  `median of ${results.length} seeds: waste ${overall[0]} of units, ${overall[1]} of cost; margin ${overall[2]}`,
)
const errors = results.flatMap((result) => result.errors)
const near = errors.filter((error) => Math.abs(error) <= 0.2).length
console.log(
  `elasticities within ± 20 % of the truth: ${near} of ${errors.length} categories (${percent(near / errors.length)})`,
)

function compare(seed: number) {
  const options: WorldOptions = {
    stores: Number(stores),
    products: Number(products),
    visitsPerDay: Number(visits),
    days: HISTORY_DAYS + MEASURED_DAYS,
    from: '2026-08-03',
    seed,
    pattern: 'complete-journey',
    faults: noFaults,
  }
  const [fixed, planned] = [FIXED, PLANNED].map((rule) => {
    const shops = new Shops(options, pattern, FIXED)
    shops.run(HISTORY_DAYS)
    const learnt = shops.response
    shops.rule = rule
    return { learnt, products: shops.world.products, takings: shops.run(HISTORY_DAYS + MEASURED_DAYS) }
  }) as [Ran, Ran]
  const off = errorsOf(fixed.learnt, fixed.products)
  console.log(`seed ${seed}`)
  show('fixed', fixed.takings)
  show('planned', planned.takings)
  console.log(
    `  waste ${percent(planned.takings.wasted / fixed.takings.wasted - 1, true)} of units, ${percent(planned.takings.wastedCents / fixed.takings.wastedCents - 1, true)} of cost; margin ${percent(planned.takings.marginCents / fixed.takings.marginCents - 1, true)}; elasticities after six weeks: ${off.filter((error) => Math.abs(error) <= 0.2).length} of ${off.length} within ± 20 %, median error ${percent(median(off.map(Math.abs)))}`,
  )
  return { fixed: fixed.takings, planned: planned.takings, errors: off }
}

interface Ran {
  learnt: PriceResponse
  products: readonly Product[]
  takings: Takings
}

/** By category, what was learnt over the truth, which is the mean of its products by popularity. */
function errorsOf({ categories }: PriceResponse, assortment: readonly Product[]): number[] {
  return Array.from(
    Map.groupBy(assortment, ({ category }) => category),
    ([category, own]) => {
      const popularity = own.reduce((sum, product) => sum + product.popularity, 0)
      const truth = own.reduce((sum, product) => sum + product.popularity * product.elasticity, 0) / popularity
      return categories.get(category)!.elasticity / truth - 1
    },
  )
}

function show(name: string, { sold, wasted, wastedCents, lost, revenueCents, marginCents }: Takings): void {
  const pounds = (cents: number) => Math.round(cents / 100).toLocaleString('en-GB')
  console.log(
    `  ${name.padEnd(8)} sold ${sold.toLocaleString('en-GB')}, wasted ${wasted.toLocaleString('en-GB')} (cost ${pounds(wastedCents)}), lost ${lost.toLocaleString('en-GB')}, revenue ${pounds(revenueCents)}, margin ${pounds(marginCents)}`,
  )
}

function percent(share: number, signed = false): string {
  return `${signed && share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`
}
