/**
 * How much more is sold at a lower price: a constant elasticity, and for promotions a factor beside it, as in the SCAN*PRO
 * model (van Heerde, Leeflang & Wittink 2002, Journal of Retailing 78; the same as log-log regression with a dummy, but by
 * Poisson quasi-likelihood, which days without sales do not disturb: Santos Silva & Tenreyro 2006, Review of Economics and
 * Statistics 88(4)).
 *
 * Few products have prices that changed often enough to know their own elasticity. Each level is drawn to the one above it, by
 * as much as it may be chance (empirical Bayes): all to the mean of published ones, a category to all, a product to its
 * category, and a store's category to that category over all stores.
 */
import { type NormalPrior, normalPrior } from '../statistics/empirical-bayes.ts'
import {
  type Answers,
  DEPTHS,
  depthOf,
  noAnswers,
  type PriceEvidence,
  type PriceReason,
  reasons,
} from './price-evidence.ts'

/** A mean and how sure it is. */
export interface Elasticity {
  /** A price that is 1 % lower sells this many per cent more. */
  elasticity: number
  /** Standard error. */
  error: number
  /** Units that were sold below the usual price, and that would have been at it. */
  sold: number
  expected: number
}

export interface CategoryResponse extends Elasticity {
  category: string
  /** Promotions sell this many times what the same price without promotion sells. */
  promotionFactor: number
  /** Variance of a day's units over their mean. */
  dispersion: number
  products: Map<string, Elasticity>
  stores: Map<string, Elasticity>
}

export interface PriceResponse {
  all: Elasticity
  categories: Map<string, CategoryResponse>
}

/** What a category's products, and its stores, have shown: both are the sums of the same series. */
export interface CategoryEvidence {
  /** Empty where products have none. */
  category: string
  /** Of days at the usual price. */
  squares: number
  squaresExpected: number
  products: Map<string, Answers>
  stores: Map<string, Answers>
}

export interface SeriesEvidence {
  store: string
  product: string
  category: string
  evidence: PriceEvidence
}

/** Before anything is seen: 1,851 published elasticities have the mean 2.62 and the median 2.22 (Bijmolt et al. 2005, JMR 42(2)). */
export const PUBLISHED: NormalPrior = { mean: 2.2, variance: 1 }
/** Logarithm of the factor of a promotion, before anything is seen. */
const PROMOTION: NormalPrior = { mean: 0, variance: 0.3 ** 2 }
/** How far categories, products and stores differ at least and at most, as variances; few of them show little of it. */
const SPREAD_MIN = 0.15 ** 2
const SPREAD_MAX = 1
/** A level with fewer informative members has the usual spread. */
const MEMBERS_MIN = 5
const SPREAD_USUAL = 0.5 ** 2
/** Elasticities are from nothing to this. */
export const ELASTICITY_MAX = 8

/** Adds up the evidence of series by product and by store, for each category. */
export function byCategory(series: readonly SeriesEvidence[]): CategoryEvidence[] {
  return [...Map.groupBy(series, ({ category }) => category)].map(([category, own]) => ({
    category,
    squares: own.reduce((sum, { evidence }) => sum + evidence.squares, 0),
    squaresExpected: own.reduce((sum, { evidence }) => sum + evidence.squaresExpected, 0),
    products: answersBy(own, ({ product }) => product),
    stores: answersBy(own, ({ store }) => store),
  }))
}

const answersBy = (series: readonly SeriesEvidence[], keyOf: (one: SeriesEvidence) => string): Map<string, Answers> =>
  new Map(
    [...Map.groupBy(series, keyOf)].map(([key, own]) => [key, sumOf(own.map(({ evidence }) => evidence.answers))]),
  )

/** Learns from the evidence of all categories. */
export function learnPriceResponse(evidence: readonly CategoryEvidence[]): PriceResponse {
  const groups = evidence.map((own) => ({ own, category: own.category, dispersion: dispersionOf(own) }))
  const sums = groups.map(({ own, dispersion }) => tempered(sumOf([...own.products.values()]), dispersion))
  const whole = fitBoth({ answers: sumOf(sums.map(({ answers }) => answers)), dispersion: 1 }, PUBLISHED, PROMOTION)
  const free = sums.map((sum) => fitBoth(sum, { mean: whole.elasticity, variance: SPREAD_MAX }, PROMOTION))
  const between = spreadAround(whole.elasticity, free, SPREAD_MAX)
  const categories = new Map<string, CategoryResponse>()
  for (const [index, { category, own, dispersion }] of groups.entries()) {
    const fitted = fitBoth(sums[index]!, { mean: whole.elasticity, variance: between }, PROMOTION)
    categories.set(category, {
      category,
      ...fitted,
      dispersion,
      products: membersOf(own.products, fitted, dispersion),
      stores: membersOf(own.stores, fitted, dispersion),
    })
  }
  const total = (of: 'sold' | 'expected') => [...categories.values()].reduce((units, one) => units + one[of], 0)
  const { elasticity, error } = whole
  return { all: { elasticity, error, sold: total('sold'), expected: total('expected') }, categories }
}

/** The elasticity of a product in a store: that of the product, moved by how the store's category differs from the others'. */
export function elasticityIn(
  response: PriceResponse,
  { store, product, category }: Pick<SeriesEvidence, 'store' | 'product' | 'category'>,
): Elasticity {
  const known = response.categories.get(category)
  if (known === undefined) return response.all
  const own = known.products.get(product) ?? known
  const here = known.stores.get(store)
  if (here === undefined) return own
  return { ...own, elasticity: clamped(own.elasticity + here.elasticity - known.elasticity) }
}

/** Units at a price over those at the usual one. */
export const upliftAt = (depth: number, elasticity: number): number => (1 - Math.min(depth, 0.99)) ** -elasticity

/** Sold and expected, each divided by the dispersion: what a Poisson count of the same weight would be. */
interface Sums {
  answers: Answers
  dispersion: number
}

function sumOf(parts: readonly Answers[]): Answers {
  const sums = noAnswers()
  for (const part of parts) {
    for (const reason of reasons) {
      for (let place = 0; place < DEPTHS; place += 1) {
        sums[reason].sold[place]! += part[reason].sold[place]!
        sums[reason].expected[place]! += part[reason].expected[place]!
      }
    }
  }
  return sums
}

function tempered(answers: Answers, dispersion: number): Sums {
  const scaled = ({ sold, expected }: Answers[PriceReason]) => ({
    sold: sold.map((units) => units / dispersion),
    expected: expected.map((units) => units / dispersion),
  })
  return { answers: { promotion: scaled(answers.promotion), markdown: scaled(answers.markdown) }, dispersion }
}

/** Variance over mean of the days at the usual price; a Poisson count has 1. */
const dispersionOf = ({ squares, squaresExpected }: CategoryEvidence): number =>
  squaresExpected > 0 ? Math.max(1, squares / squaresExpected) : 1

/** Products or stores of a category. The factor of promotions is the category's. */
function membersOf(
  answers: ReadonlyMap<string, Answers>,
  category: Elasticity & { promotionFactor: number },
  dispersion: number,
): Map<string, Elasticity> {
  const members = Array.from(answers, ([key, own]) => ({ key, sums: tempered(own, dispersion) }))
  const { elasticity: mean, promotionFactor } = category
  const free = members.map(({ sums }) => elasticityOf(sums, { mean, variance: SPREAD_MAX }, promotionFactor))
  const variance = spreadAround(mean, free, SPREAD_MAX)
  return new Map(members.map(({ key, sums }) => [key, elasticityOf(sums, { mean, variance }, promotionFactor)]))
}

/**
 * How much members differ beyond chance. They were fitted under a wide prior, which is taken out again.
 *
 * @param wide variance of that prior
 */
function spreadAround(mean: number, members: readonly Elasticity[], wide: number): number {
  const estimates: number[] = []
  const errors: number[] = []
  for (const { elasticity, error } of members) {
    const information = 1 / error ** 2 - 1 / wide
    if (!(information > 1 / wide)) continue
    estimates.push((elasticity / error ** 2 - mean / wide) / information)
    errors.push(1 / information)
  }
  if (estimates.length < MEMBERS_MIN) return SPREAD_USUAL
  return Math.min(SPREAD_MAX, Math.max(SPREAD_MIN, normalPrior(estimates, errors).variance))
}

const STEPS_MAX = 50
const PRECISE = 1e-6

/** The mode of the elasticity's posterior for a known factor of promotions (Newton's method; the posterior is log-concave). */
function elasticityOf(sums: Sums, prior: NormalPrior, promotionFactor: number): Elasticity {
  let elasticity = prior.mean
  let information = 0
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { score, curvature } = slopes(sums, elasticity, promotionFactor)
    information = curvature + 1 / prior.variance
    const move = (score - (elasticity - prior.mean) / prior.variance) / information
    // A whole step may overshoot where the likelihood is steep.
    const next = clamped(elasticity + Math.max(-1, Math.min(1, move)))
    const isDone = Math.abs(next - elasticity) < PRECISE
    elasticity = next
    if (isDone) break
  }
  return { elasticity, error: 1 / Math.sqrt(information), ...totals(sums) }
}

/** Elasticity and factor of promotions, in turns: each has one mode for the other. */
function fitBoth(sums: Sums, prior: NormalPrior, promotion: NormalPrior): Elasticity & { promotionFactor: number } {
  let promotionFactor = 1
  let fitted = elasticityOf(sums, prior, promotionFactor)
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const next = factorOf(sums, fitted.elasticity, promotion)
    const isDone = Math.abs(next - promotionFactor) < PRECISE
    promotionFactor = next
    fitted = elasticityOf(sums, prior, promotionFactor)
    if (isDone) break
  }
  const variance = marginalVariance(sums, fitted.elasticity, promotionFactor, prior, promotion)
  return { ...fitted, promotionFactor, error: Math.sqrt(variance) }
}

/** The mode of the factor for a known elasticity. */
function factorOf({ answers: { promotion } }: Sums, elasticity: number, { mean, variance }: NormalPrior): number {
  let sold = 0
  let expected = 0
  for (let place = 0; place < DEPTHS; place += 1) {
    sold += promotion.sold[place]!
    expected += promotion.expected[place]! * upliftAt(depthOf(place), elasticity)
  }
  let logarithm = mean
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const predicted = expected * Math.exp(logarithm)
    const move = (sold - predicted - (logarithm - mean) / variance) / (predicted + 1 / variance)
    logarithm += Math.max(-1, Math.min(1, move))
    if (Math.abs(move) < PRECISE) break
  }
  return Math.exp(logarithm)
}

/** Slope and negative curvature of the log-likelihood in the elasticity. */
function slopes({ answers }: Sums, elasticity: number, promotionFactor: number): { score: number; curvature: number } {
  let score = 0
  let curvature = 0
  for (const reason of reasons) {
    const factor = reason === 'promotion' ? promotionFactor : 1
    const { sold, expected } = answers[reason]
    for (let place = 0; place < DEPTHS; place += 1) {
      if (expected[place] === 0) continue
      const lower = -Math.log(1 - depthOf(place))
      const predicted = factor * expected[place]! * Math.exp(elasticity * lower)
      score += lower * (sold[place]! - predicted)
      curvature += lower * lower * predicted
    }
  }
  return { score, curvature }
}

/** Of the elasticity, with the factor of promotions unknown: the inverse of the information of both. */
function marginalVariance(
  sums: Sums,
  elasticity: number,
  promotionFactor: number,
  prior: NormalPrior,
  promotion: NormalPrior,
): number {
  const own = slopes(sums, elasticity, promotionFactor).curvature + 1 / prior.variance
  let both = 0
  let factor = 1 / promotion.variance
  for (let place = 0; place < DEPTHS; place += 1) {
    const predicted = promotionFactor * sums.answers.promotion.expected[place]! * upliftAt(depthOf(place), elasticity)
    both += -Math.log(1 - depthOf(place)) * predicted
    factor += predicted
  }
  return 1 / (own - (both * both) / factor)
}

const clamped = (elasticity: number): number => Math.min(ELASTICITY_MAX, Math.max(0, elasticity))

function totals({ answers, dispersion }: Sums): Pick<Elasticity, 'sold' | 'expected'> {
  const total = (of: 'sold' | 'expected') =>
    dispersion *
    reasons.reduce((sum, reason) => sum + answers[reason][of].reduce((units, value) => units + value, 0), 0)
  return { sold: total('sold'), expected: total('expected') }
}
