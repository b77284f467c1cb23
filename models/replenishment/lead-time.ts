/** How long a supplier takes, learned from what it delivered. */

/** Days from order to delivery as a distribution over whole days. */
export interface LeadTime {
  /** Rising, 0 or more; 0 is a delivery that can still be sold today. */
  days: readonly number[]
  /** One for each of `days`; they sum to 1. */
  probabilities: readonly number[]
  /** Where it comes from, for people: e.g. '14 receipts of SUP-3', 'agreed with SUP-3'. */
  source: string
}

/** Deliveries that took as long. */
export interface Receipts {
  days: number
  count: number
}

/** What the agreed lead time is worth, in deliveries, beside the ones that were seen. */
const PRIOR_RECEIPTS = 4

/** Of a supplier without any delivery so far: days late, and how probable that is. */
const usualLateness: readonly { days: number; probability: number }[] = [
  { days: 0, probability: 0.85 },
  { days: 1, probability: 0.1 },
  { days: 2, probability: 0.05 },
]

/** What is less probable than this goes to the nearest lead time that is kept: it changes no order and costs time. */
const PROBABILITY_MIN = 0.005
export const LEAD_TIME_DAYS_MAX = 365

/**
 * The share of past deliveries by days they took, with the agreed days, a little late at times, as a prior that is worth
 * four deliveries (a Dirichlet prior's posterior mean: Gelman et al. 2013, Bayesian Data Analysis, 3.4).
 *
 * @param agreedDays 0 is a delivery that can be sold on the day of the order
 * @param receipts in any order
 * @throws RangeError naming a lead time that is none
 */
export function learnLeadTime(agreedDays: number, receipts: readonly Receipts[], supplier: string): LeadTime {
  checkDays(`agreed lead time of ${supplier}`, agreedDays)
  const weights = new Map<number, number>()
  const add = (days: number, weight: number) => weights.set(days, (weights.get(days) ?? 0) + weight)
  for (const { days, probability } of usualLateness) add(agreedDays + days, PRIOR_RECEIPTS * probability)
  let seen = 0
  for (const { days, count } of receipts) {
    checkDays(`a lead time of ${supplier}`, days)
    if (!(count >= 0 && Number.isFinite(count))) {
      throw new RangeError(`deliveries of ${supplier} after ${days} days: ${count}, must be a count, 0 or more`)
    }
    add(days, count)
    seen += count
  }
  const source = seen > 0 ? `${seen} receipts of ${supplier}` : `agreed with ${supplier}, no receipts yet`
  return { ...normalised(weights, PRIOR_RECEIPTS + seen), source }
}

export const certainLeadTime = (days: number, source: string): LeadTime => {
  checkDays('lead time', days)
  return { days: [days], probabilities: [1], source }
}

/** Later by this many days, for what-if questions; none gets shorter than 0. */
export const shiftedLeadTime = ({ days, probabilities, source }: LeadTime, by: number): LeadTime => {
  const weights = new Map<number, number>()
  for (let index = 0; index < days.length; index += 1) {
    const later = Math.max(0, days[index]! + by)
    weights.set(later, (weights.get(later) ?? 0) + probabilities[index]!)
  }
  return { ...normalised(weights, 1), source: `${source}, ${by < 0 ? '' : '+'}${by} days` }
}

export const meanLeadTime = ({ days, probabilities }: LeadTime): number =>
  days.reduce((sum, value, index) => sum + value * probabilities[index]!, 0)

/** @throws RangeError that names the lead time's flaw */
export function checkLeadTime({ days, probabilities }: LeadTime): void {
  if (days.length === 0 || days.length !== probabilities.length) {
    throw new RangeError(
      `${days.length} lead times and ${probabilities.length} probabilities: their numbers must be equal and at least 1`,
    )
  }
  let sum = 0
  for (let index = 0; index < days.length; index += 1) {
    checkDays('lead time', days[index]!)
    if (index > 0 && days[index]! <= days[index - 1]!) {
      throw new RangeError(`lead times ${days.join(', ')}: must be rising`)
    }
    if (!(probabilities[index]! >= 0)) {
      throw new RangeError(`probability of ${days[index]} days is ${probabilities[index]}: must be 0 to 1`)
    }
    sum += probabilities[index]!
  }
  if (!(Math.abs(sum - 1) < 1e-6)) throw new RangeError(`probabilities of the lead times sum to ${sum}: must be 1`)
}

function normalised(weights: ReadonlyMap<number, number>, total: number): Pick<LeadTime, 'days' | 'probabilities'> {
  const rising = [...weights].filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b)
  const kept: [number, number][] = []
  let carried = 0
  for (const [days, weight] of rising) {
    const share = weight / total
    if (share < PROBABILITY_MIN && kept.length > 0) kept.at(-1)![1] += share
    else if (share < PROBABILITY_MIN) carried += share
    else {
      kept.push([days, share + carried])
      carried = 0
    }
  }
  return { days: kept.map(([days]) => days), probabilities: kept.map(([, share]) => share) }
}

function checkDays(name: string, days: number): void {
  if (Number.isInteger(days) && days >= 0 && days <= LEAD_TIME_DAYS_MAX) return
  throw new RangeError(`${name} is ${days} days: must be whole days, 0 (delivered today) to ${LEAD_TIME_DAYS_MAX}`)
}
