/** Whether a shelf is marked down now, and by how much: within a policy's limits, up to what needs no approval. */
import { bestMarkdown, type MarkdownAnswer, type MarkdownOption } from './markdown.ts'

/** Prices are looked at again at this hour of the store's day: by then it shows how the day goes. */
export const REVIEW_HOUR = 15
const HOURS_A_DAY = 24
/** Markdowns are multiples of this percentage. */
const PERCENT_STEP = 5
/** Days that a plan looks ahead at most: lots behind those near their expiry are next. */
const DAYS_MAX = 10

export interface DatedUnits {
  units: number
  days: number | null
}

export interface MarkdownShelf {
  /** Units on the shelf; days until the last on which they may be sold, 0 is today. Null: they do not expire. */
  lots: readonly DatedUnits[]
  /** Units in the warehouse that are to come to this shelf. */
  stored: readonly DatedUnits[]
  /** Hour of the store's day, with a fraction. */
  hour: number
  /** Units that are expected at the usual price from one hour to another, counted from midnight of the store's day. */
  unitsBetween: (from: number, to: number) => number
  inverseSize: number
  elasticity: number
  usualPrice: number
  /** Without markdown, now. */
  price: number
  unitCost: number
  /** Whether goods come from the warehouse when the shelf is sold out. */
  isResupplied: boolean
  /** What it is marked down by on this day so far: a label does not go up again during a day. */
  percentNow: number
}

export interface MarkdownLimits {
  /** Lots that expire within this many days are marked down. */
  nearExpiryDays: number
  percentMax: number
  /** Deeper markdowns need approval; null: none does. */
  approvalPercent: number | null
  /** What an expired unit costs beyond what it cost, as a share of that. */
  wasteCostRatio: number
}

export interface MarkdownPlan {
  /** What may be done now. */
  percent: number
  /** What would earn most within the limits: deeper than `percent` when it needs approval. */
  best: number
  /** Units of the lots that are near their expiry, and the days that the last of them has. */
  nearUnits: number
  days: number
  options: MarkdownOption[]
}

/** @returns undefined when no lot is near its expiry */
export function planMarkdown(shelf: MarkdownShelf, limits: MarkdownLimits): MarkdownPlan | undefined {
  const near = shelf.lots.filter(({ units, days }) => units > 0 && days !== null && days <= limits.nearExpiryDays)
  if (near.length === 0) return undefined
  const days = Math.max(...near.map((lot) => lot.days!))
  const answer = answerFor(shelf, limits)
  const ceiling = limits.approvalPercent ?? limits.percentMax
  return {
    percent: Math.max(shelf.percentNow, bestUpTo(answer, Math.max(ceiling, shelf.percentNow)).percent),
    best: Math.max(shelf.percentNow, answer.best.percent),
    nearUnits: near.reduce((sum, { units }) => sum + units, 0),
    days,
    options: answer.options,
  }
}

function answerFor(shelf: MarkdownShelf, { percentMax, wasteCostRatio }: MarkdownLimits): MarkdownAnswer {
  const lots = [...shelf.lots, ...shelf.stored].filter(({ units }) => units > 0)
  const days = Math.max(0, ...lots.map((lot) => lot.days ?? 0).filter((own) => own <= DAYS_MAX))
  const bounds = stageBounds(shelf.hour, days)
  const last = bounds.length - 1
  // A lot may be sold in the stages that end by the end of its last day.
  const stagesOf = (own: number | null) =>
    own === null || own > days ? last + 1 : bounds.filter((end, at) => at > 0 && end <= HOURS_A_DAY * (own + 1)).length
  const { unitsBetween, inverseSize, elasticity, usualPrice, price, unitCost, isResupplied, percentNow } = shelf
  return bestMarkdown({
    lots: lots.map((lot) => ({ units: lot.units, stages: stagesOf(lot.days) })),
    demand: bounds.slice(1).map((end, at) => unitsBetween(bounds[at]!, end)),
    inverseSize,
    elasticity,
    usualPrice,
    price,
    unitCost,
    wasteCost: unitCost * wasteCostRatio,
    percents: percentsFrom(percentNow, percentMax),
    resupplied: isResupplied ? 1 : 0,
  })
}

/** The hours between which a price holds: until the review of today, then the rest of it, then day by day. */
function stageBounds(hour: number, days: number): number[] {
  const today = hour < REVIEW_HOUR ? [hour, REVIEW_HOUR] : [hour]
  return [...today, ...Array.from({ length: days + 1 }, (_, day) => HOURS_A_DAY * (day + 1))]
}

function percentsFrom(least: number, most: number): number[] {
  const percents = least === 0 ? [0] : [least]
  for (let percent = PERCENT_STEP; percent <= most; percent += PERCENT_STEP) if (percent > least) percents.push(percent)
  return percents
}

/** The option that earns most among those that are no deeper. */
const bestUpTo = ({ options }: MarkdownAnswer, percentMax: number): MarkdownOption =>
  options.filter(({ percent }) => percent <= percentMax).reduce((most, one) => (one.earned > most.earned ? one : most))
