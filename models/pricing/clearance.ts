/** By how much goods that hardly sell are marked down so that they are gone by a day, week by week. */
import { bestMarkdown, type MarkdownOption } from './markdown.ts'

const WEEK_DAYS = 7
const PERCENT_STEP = 5

export interface ClearanceQuestion {
  units: number
  /** At the usual price. */
  unitsPerDay: number
  inverseSize: number
  elasticity: number
  usualPrice: number
  price: number
  /** What a unit that is left on the day is worth. */
  leftWorth: number
  /** Days until then, 1 or more. */
  days: number
  percentMax: number
}

export interface Clearance {
  best: MarkdownOption
  /** The usual price until the day, whatever is left. */
  untouched: MarkdownOption
}

/**
 * The markdown of the first week; what is best in the weeks after it follows from what is left then. Nothing is bought again.
 */
export function clearBy({
  units,
  days,
  unitsPerDay,
  leftWorth,
  percentMax,
  usualPrice,
  ...question
}: ClearanceQuestion): Clearance {
  const weeks = Array.from({ length: Math.ceil(days / WEEK_DAYS) }, (_, week) =>
    Math.min(WEEK_DAYS, days - week * WEEK_DAYS),
  )
  const asked = {
    ...question,
    usualPrice,
    lots: [{ units, stages: weeks.length }],
    demand: weeks.map((length) => length * unitsPerDay),
    // What is left is worth this, and not what it cost: its removal is a gain.
    wasteCost: -leftWorth,
    unitCost: 0,
    resupplied: 0,
  }
  const percents = Array.from({ length: Math.floor(percentMax / PERCENT_STEP) + 1 }, (_, step) => step * PERCENT_STEP)
  return {
    best: bestMarkdown({ ...asked, percents }).best,
    untouched: bestMarkdown({ ...asked, percents: [0] }).best,
  }
}
