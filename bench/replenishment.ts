/**
 * Orders against the best that the textbook's (s, S) on a moving average can do, and how fast lines are planned.
 * `node bench/replenishment.ts [stores = 20] [products per category = 8] [lines = 50000]`
 *
 * A made-up year of stores with goods that expire (bench/replenishment/world.ts). Both sides see the same past demand, as
 * customers asked for it; both face the same demand, late deliveries, packs and costs. The peer's window, service factor and
 * lot are the cheapest of a grid, separately for each category and with hindsight: on the measured year itself. Ours decides
 * by order lines (least expected cost, (s, S)) on a running forecast, whose weekday and promotion factors come from the
 * half-year before.
 */

import { lineDecider, movingAverageReorder } from '../models/replenishment/deciders.ts'
import { certainLeadTime, meanLeadTime } from '../models/replenishment/lead-time.ts'
import { decideOrder } from '../models/replenishment/order.ts'
import type { LinePolicy, OrderLineInput } from '../models/replenishment/order-line.ts'
import { type Decider, type ReplayCosts, type Replayed, replay } from '../models/replenishment/replay.ts'
import { RunningForecast, weekdayFactors } from '../models/replenishment/running-forecast.ts'
import { seeded } from '../models/statistics/random.ts'
import { machine, seconds } from './measure.ts'
import { makeWorld, type Series } from './replenishment/world.ts'

const [stores = '20', productsPerCategory = '8', lines = '50000'] = process.argv.slice(2)
const HISTORY_DAYS = 182
const HOLDING_RATE_PER_YEAR = 0.25
const ORDERING_COST = 0.5
const SEED = 11
const SERVICE_FACTORS = [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5]
const LOTS_OF_ECONOMIC = [0, 0.25, 0.5, 1, 1.5]

console.log(machine())
compareCosts()
await planLines(Number(lines))

function compareCosts(): void {
  const world = makeWorld(
    { stores: Number(stores), productsPerCategory: Number(productsPerCategory), historyDays: HISTORY_DAYS, days: 365 },
    SEED,
  )
  console.log(`${world.length} store × product series, a year after ${HISTORY_DAYS} days of history`)
  const peers = Array.from(Map.groupBy(world, ({ category }) => category.name)).flatMap(([, series]) =>
    tunedPeer(series),
  )
  const ours = ourOrders(world)
  console.log(`${'category'.padEnd(14)}${headings('tuned (s, S)')}${headings('ours')}  cost, ours / peer`)
  for (const name of new Set(world.map(({ category }) => category.name))) {
    const of = (results: readonly Result[]) => sumOf(results.filter(({ series }) => series.category.name === name))
    print(name, of(peers), of(ours))
  }
  print('all', sumOf(peers), sumOf(ours))
  const ratios = Array.from({ length: Number(stores) }, (_, store) => {
    const of = (results: readonly Result[]) => sumOf(results.filter(({ series }) => series.store === store)).costs.total
    return of(ours) / of(peers)
  }).sort((a, b) => a - b)
  const between = tunedOnForecast(world)
  console.log(
    `textbook (s, S) on our forecast, tuned alike: cost ${(sumOf(between).costs.total / sumOf(peers).costs.total).toFixed(3)} of the peer's, fill rate ${(100 * sumOf(between).fillRate).toFixed(2)} %: the rest of the gain is the order line's`,
  )
  console.log(`by store from ${ratios[0]!.toFixed(3)} to ${ratios.at(-1)!.toFixed(3)}`)
}

interface Result {
  series: Series
  replayed: Replayed
}

/** The cheapest of the grid for a category. */
function tunedPeer(series: readonly Series[]): Result[] {
  let best: { label: string; results: Result[]; cost: number } | undefined
  for (const windowDays of [28, 56, 91, 182]) {
    for (const serviceFactor of SERVICE_FACTORS) {
      for (const lotOfEconomic of LOTS_OF_ECONOMIC) {
        const results = series.map((each) => {
          const { category, leadTime, unitCost } = each
          const lot = (unitsPerDay: number) => lotOfEconomic * economicQuantity(unitsPerDay, unitCost)
          const protectionDays = meanLeadTime(leadTime) + category.reviewDays
          return run(each, movingAverageReorder(each.demand, protectionDays, { windowDays, serviceFactor, lot }))
        })
        const cost = sumOf(results).costs.total
        const label = `window ${windowDays} days, service factor ${serviceFactor}, lot ${lotOfEconomic} × economic`
        if (best === undefined || cost < best.cost) best = { label, results, cost }
      }
    }
  }
  console.log(`peer of ${series[0]!.category.name}: ${best!.label}`)
  return best!.results
}

function ourOrders(world: readonly Series[]): Result[] {
  const forecastOf = forecastsOf(world)
  return world.map((series) => {
    const { category, leadTime, unitCost, price, packSize } = series
    const setting = {
      line: `${category.name} of store ${series.store}`,
      leadTime,
      reviewDays: category.reviewDays,
      terms: {
        unitCost,
        price,
        packSize,
        ...(category.shelfLifeDays !== undefined && { shelfLifeDays: category.shelfLifeDays }),
      },
      policy: policyOf(unitCost, price),
    }
    return run(series, lineDecider(setting, forecastOf(series)))
  })
}

function economicQuantity(unitsPerDay: number, unitCost: number): number {
  return Math.sqrt((2 * ORDERING_COST * unitsPerDay * 365) / (unitCost * HOLDING_RATE_PER_YEAR))
}

/** The peer's rule with our forecast in place of its moving average, tuned by category as the peer is. */
function tunedOnForecast(world: readonly Series[]): Result[] {
  const forecastOf = forecastsOf(world)
  return Array.from(Map.groupBy(world, ({ category }) => category.name)).flatMap(([, series]) => {
    let best: { results: Result[]; cost: number } | undefined
    for (const serviceFactor of SERVICE_FACTORS) {
      for (const lotOfEconomic of LOTS_OF_ECONOMIC) {
        const results = series.map((each) => {
          const forecast = forecastOf(each)
          const days = Math.round(meanLeadTime(each.leadTime)) + each.category.reviewDays
          return run(each, ({ day, onHand, onOrder }) => {
            const ahead = forecast.from(day, days)
            const mean = ahead.reduce((sum, next) => sum + next.mean, 0)
            const deviation = Math.sqrt(ahead.reduce((sum, next) => sum + next.variance!, 0))
            const s = mean + serviceFactor * deviation
            const position = onHand + onOrder
            return position < s ? s + lotOfEconomic * economicQuantity(mean / days, each.unitCost) - position : 0
          })
        })
        const cost = sumOf(results).costs.total
        if (best === undefined || cost < best.cost) best = { results, cost }
      }
    }
    return best!.results
  })
}

/** A forecast for each series, that knows weekdays and promotions by what the category did in the history. */
function forecastsOf(world: readonly Series[]): (series: Series) => RunningForecast {
  const factors = new Map(
    Array.from(
      Map.groupBy(world, ({ category }) => category.name),
      ([name, series]) => [name, factorsOf(series)],
    ),
  )
  return ({ category, demand, isPromoted }) => {
    const { weekday, uplift } = factors.get(category.name)!
    const known = demand.map((_, day) => weekday[day % 7]! * (isPromoted[day] === 1 ? uplift : 1))
    return new RunningForecast(demand, known)
  }
}

function policyOf(unitCost: number, price: number): LinePolicy {
  return {
    method: 's_s',
    serviceMeasure: 'critical_ratio',
    serviceTarget: null,
    holdingRatePerYear: HOLDING_RATE_PER_YEAR,
    stockOutCostRatio: (price - unitCost) / price,
    wasteCostRatio: 1,
    orderingCost: ORDERING_COST,
  }
}

/** Weekday profile and uplift of a category, from the history alone. */
function factorsOf(series: readonly Series[]): { weekday: Float64Array; uplift: number } {
  const week = new Float64Array(7)
  const sums = { promoted: 0, usual: 0 }
  for (const { demand, isPromoted } of series) {
    let usual = 0
    let usualDays = 0
    for (let day = 0; day < HISTORY_DAYS; day += 1) {
      if (isPromoted[day] === 1) continue
      usual += demand[day]!
      usualDays += 1
    }
    const mean = usual / usualDays
    for (let day = 0; day < HISTORY_DAYS; day += 1) {
      week[day % 7]! += isPromoted[day] === 1 ? mean : demand[day]!
      if (isPromoted[day] === 0) continue
      sums.promoted += demand[day]!
      sums.usual += mean
    }
  }
  return { weekday: weekdayFactors(week), uplift: sums.promoted / sums.usual }
}

function run(series: Series, decide: Decider): Result {
  const { category, packSize, leadTimeDays, unitCost, price, demand } = series
  const costs: ReplayCosts = {
    holdingPerUnitDay: (unitCost * HOLDING_RATE_PER_YEAR) / 365,
    lostPerUnit: price - unitCost,
    wastePerUnit: unitCost,
    perOrder: ORDERING_COST,
  }
  const supply = {
    packSize,
    leadTimeDays,
    reviewDays: category.reviewDays,
    ...(category.shelfLifeDays !== undefined && { shelfLifeDays: category.shelfLifeDays }),
  }
  return { series, replayed: replay(demand, supply, costs, decide, { measuredFrom: HISTORY_DAYS }) }
}

interface Sum {
  costs: { holding: number; lost: number; waste: number; ordering: number; total: number }
  fillRate: number
  wasteShare: number
}

function sumOf(results: readonly Result[]): Sum {
  const costs = { holding: 0, lost: 0, waste: 0, ordering: 0, total: 0 }
  const units = { demand: 0, sold: 0, wasted: 0, received: 0 }
  for (const { replayed } of results) {
    for (const kind of Object.keys(costs) as (keyof typeof costs)[]) costs[kind] += replayed.costs[kind]
    for (const kind of Object.keys(units) as (keyof typeof units)[]) units[kind] += replayed[kind]
  }
  return { costs, fillRate: units.sold / units.demand, wasteShare: units.wasted / units.received }
}

function headings(name: string): string {
  return `  ${`${name}: cost`.padStart(20)}  fill rate   waste  holding     lost    waste ordering`
}

function print(name: string, peer: Sum, ours: Sum): void {
  const show = ({ costs, fillRate, wasteShare }: Sum) => {
    const money = (value: number) => Math.round(value).toLocaleString('en-GB').padStart(9)
    const parts = [costs.holding, costs.lost, costs.waste, costs.ordering].map(money).join('')
    return `${money(costs.total).padStart(22)}${(100 * fillRate).toFixed(2).padStart(9)} %${(100 * wasteShare).toFixed(1).padStart(6)} %${parts}`
  }
  console.log(`${name.padEnd(14)}${show(peer)}${show(ours)}  ${(ours.costs.total / peer.costs.total).toFixed(3)}`)
}

/** Orders of 500 lines with a budget, each line with a forecast of four weeks; every third one expires. */
async function planLines(count: number): Promise<void> {
  const random = seeded(SEED)
  const orders = Array.from({ length: Math.ceil(count / 500) }, (_, order) =>
    Array.from({ length: Math.min(500, count - order * 500) }, (_, line) => lineInput(`${order}/${line}`, random)),
  )
  let packs = 0
  const took = await seconds(() => {
    for (const inputs of orders) {
      for (const { decision } of decideOrder(inputs, { budget: 30_000 }).lines) packs += decision?.packs ?? 0
    }
  })
  console.log(
    `planned ${count.toLocaleString('en-GB')} lines (${packs.toLocaleString('en-GB')} packs) in ${took.toFixed(1)} s, explanations included`,
  )
}

function lineInput(line: string, random: () => number): OrderLineInput {
  const mean = Math.exp(4 * random() - 1)
  const unitCost = 0.5 + 5 * random()
  const price = unitCost * (1.3 + random() / 2)
  return {
    line,
    position: { onHand: Math.floor(mean * 3 * random()), availability: 0.95, reserved: 0, onOrder: 0 },
    demand: {
      kind: 'forecast',
      days: Array.from({ length: 28 }, () => ({ mean, variance: (mean * 0.55) ** 2 })),
      source: 'bench',
    },
    leadTime:
      random() < 0.5
        ? certainLeadTime(2, 'bench')
        : { days: [2, 3, 4], probabilities: [0.7, 0.2, 0.1], source: 'bench' },
    reviewDays: 1 + Math.floor(random() * 5),
    terms: { unitCost, price, packSize: random() < 0.5 ? 6 : 12, ...(random() < 0.33 && { shelfLifeDays: 7 }) },
    policy:
      random() < 0.5
        ? policyOf(unitCost, price)
        : { ...policyOf(unitCost, price), method: 'base_stock', serviceMeasure: 'fill', serviceTarget: 0.97 },
  }
}
