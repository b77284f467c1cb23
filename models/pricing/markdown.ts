/**
 * By how much a product is marked down now, so that what it earns until its goods have expired is greatest: stochastic
 * dynamic programming over the stages until then (as in Buisman, Haijema & Bloemhof-Ruwaard 2019, International Journal of
 * Production Economics 209, and the literature there). Later stages are assumed to be marked down as is best then.
 *
 * Goods are taken first expired, first out, so that one number is the state: how many units of what is on the shelf have
 * gone, sold or expired. One label is for the whole shelf: a unit of a fresh lot that is sold at the lower price has lost the
 * difference, because it would have been sold later. What is left at the end is worth what it cost; what has expired is worth
 * nothing, and costs what its removal costs. What it once cost is spent in either case and is in no comparison.
 */
import { upliftAt } from './price-response.ts'

export interface ShelfLot {
  units: number
  /** In how many of the stages from now on it may be sold; more than there are: it does not expire meanwhile. */
  stages: number
}

export interface MarkdownQuestion {
  /** In any order. */
  lots: readonly ShelfLot[]
  /** Demand that is expected at the usual price, in units, by stage from now on. */
  demand: readonly number[]
  /** Of the units of a stage: (variance − mean) / mean². */
  inverseSize: number
  elasticity: number
  /** What a unit costs without markdown or promotion. */
  usualPrice: number
  /** What it costs now without markdown: lower than usual while a promotion lasts. */
  price: number
  /** What another one costs to buy. */
  unitCost: number
  /** What the removal of an expired unit costs. */
  wasteCost: number
  /** Per cent of the usual price, 0 among them. */
  percents: readonly number[]
  /** Share of the demand for which goods come from the warehouse when the shelf is sold out. */
  resupplied: number
}

/** What is expected until the last stage when the product is marked down by this percentage in the first one. */
export interface MarkdownOption {
  percent: number
  price: number
  /** Units of what is on the shelf, and of what comes after it. */
  sold: number
  wasted: number
  /** Money: takings, less what goods cost that have to be bought again, less removals. */
  earned: number
}

export interface MarkdownAnswer {
  /** The option that earns most; of equal ones the smaller markdown. */
  best: MarkdownOption
  /** By per cent. */
  options: MarkdownOption[]
}

/** States of the programme at most: of a fuller shelf several units are one step. */
const STEPS_MAX = 120

/** @throws RangeError when there is no stage, or no option */
export function bestMarkdown(question: MarkdownQuestion): MarkdownAnswer {
  const { demand, percents } = question
  if (demand.length === 0 || percents.length === 0) throw new RangeError('a markdown needs a stage and an option')
  const shelf = shelfOf(question)
  const prices = percents.map((percent) => priceOf(question, percent))
  let after = atTheEnd(question, shelf)
  for (let stage = demand.length - 1; stage > 0; stage -= 1) after = before(question, shelf, prices, stage, after)
  const options = percents
    .map((percent, index) => {
      const [earned, wasted, sold] = outcome(question, shelf, salesAt(question, shelf, prices[index]!, 0), 0, 0, after)
      return { percent, price: prices[index]!, earned, wasted, sold }
    })
    .sort((one, other) => one.percent - other.percent)
  const best = options.reduce((most, option) => (option.earned > most.earned + EQUAL ? option : most))
  return { best, options }
}

/** Money that is no difference. */
const EQUAL = 1e-9

/** Goods on the shelf as steps, what expires first in front. */
interface Shelf {
  /** Units of a step. */
  step: number
  steps: number
  /** Steps that can't be sold after a stage, if none was sold: by stage. */
  goneAfter: number[]
}

function shelfOf({ lots, demand }: MarkdownQuestion): Shelf {
  const units = lots.reduce((sum, lot) => sum + lot.units, 0)
  const step = units <= STEPS_MAX && lots.every((lot) => Number.isInteger(lot.units)) ? 1 : units / STEPS_MAX
  const stepsOf = (of: (lot: ShelfLot) => boolean) =>
    step === 0 ? 0 : Math.round(lots.reduce((sum, lot) => (of(lot) ? sum + lot.units : sum), 0) / step)
  return {
    step,
    steps: stepsOf(() => true),
    goneAfter: demand.map((_, stage) => stepsOf(({ stages }) => stages <= stage + 1)),
  }
}

/** To the cent; a promotion that is deeper than the markdown stays. */
const priceOf = ({ usualPrice, price }: MarkdownQuestion, percent: number): number =>
  Math.min(price, Math.round(usualPrice * (100 - percent)) / 100)

/** What is expected from a state on, by the number of steps that have gone. */
interface Ahead {
  earned: Float64Array
  wasted: Float64Array
  sold: Float64Array
}

const ahead = (steps: number): Ahead => ({
  earned: new Float64Array(steps + 1),
  wasted: new Float64Array(steps + 1),
  sold: new Float64Array(steps + 1),
})

/** What is left is worth what it cost. */
function atTheEnd({ unitCost }: MarkdownQuestion, { steps, step }: Shelf): Ahead {
  const end = ahead(steps)
  for (let gone = 0; gone <= steps; gone += 1) end.earned[gone] = (steps - gone) * step * unitCost
  return end
}

/** The same a stage earlier, marked down as is best in each state. */
function before(
  question: MarkdownQuestion,
  shelf: Shelf,
  prices: readonly number[],
  stage: number,
  after: Ahead,
): Ahead {
  const here = ahead(shelf.steps)
  here.earned.fill(Number.NEGATIVE_INFINITY)
  for (const price of new Set(prices)) {
    const sales = salesAt(question, shelf, price, stage)
    for (let gone = 0; gone <= shelf.steps; gone += 1) {
      const [earned, wasted, sold] = outcome(question, shelf, sales, stage, gone, after)
      if (earned <= here.earned[gone]! + EQUAL) continue
      here.earned[gone] = earned
      here.wasted[gone] = wasted
      here.sold[gone] = sold
    }
  }
  return here
}

interface Sales {
  price: number
  /** Demand of the stage, in steps. */
  mean: number
  probabilities: Float64Array
}

function salesAt(
  { demand, elasticity, usualPrice, inverseSize }: MarkdownQuestion,
  { steps, step }: Shelf,
  price: number,
  stage: number,
): Sales {
  const mean = (demand[stage]! * upliftAt(1 - price / usualPrice, elasticity)) / Math.max(step, Number.MIN_VALUE)
  return { price, mean, probabilities: counts(mean, inverseSize, steps) }
}

/** What a stage and what follows bring, from a state on. */
function outcome(
  { unitCost, wasteCost, resupplied }: MarkdownQuestion,
  { steps, step, goneAfter }: Shelf,
  { price, mean, probabilities }: Sales,
  stage: number,
  gone: number,
  after: Ahead,
): [earned: number, wasted: number, sold: number] {
  const left = steps - gone
  let earned = 0
  let wasted = 0
  let sold = 0
  let soldOut = 1
  let met = 0
  const add = (probability: number, taken: number) => {
    const next = gone + taken
    const expired = Math.max(0, goneAfter[stage]! - next)
    earned += probability * (after.earned[next + expired]! - expired * step * wasteCost)
    wasted += probability * (after.wasted[next + expired]! + expired * step)
    sold += probability * after.sold[next + expired]!
    met += probability * taken
  }
  for (let taken = 0; taken < left; taken += 1) {
    add(probabilities[taken]!, taken)
    soldOut -= probabilities[taken]!
  }
  add(Math.max(0, soldOut), left)
  const more = Math.max(0, mean - met) * resupplied
  return [earned + step * (met * price + more * (price - unitCost)), wasted, sold + step * (met + more)]
}

/** Probabilities of 0, 1, 2 … of a negative binomial count; of a Poisson count where the inverse size is 0. */
function counts(mean: number, inverseSize: number, most: number): Float64Array {
  const probabilities = new Float64Array(most + 1)
  const size = 1 / Math.max(inverseSize, 1e-6)
  const share = mean / (size + mean)
  probabilities[0] = Math.exp(-size * Math.log1p(mean / size))
  for (let count = 0; count < most; count += 1) {
    probabilities[count + 1] = (probabilities[count]! * share * (size + count)) / (count + 1)
  }
  return probabilities
}
