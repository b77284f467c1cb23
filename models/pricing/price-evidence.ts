/**
 * What a series (a product in a store) has shown of how it answers to its price, as sums that grow day by day: nothing of the
 * past has to be read again, and what is longer ago counts less.
 *
 * A day is cut into stretches of one price. At the usual price units and exposure are added up: together they are the usual
 * rate. Below it the units that were sold are compared with those that the usual rate would have sold in the same exposure. The
 * exposure is visitors × the probability that the product was there, so that busy days, closed days and stock-outs are no
 * answer to a price.
 *
 * What was expected is noisy, but does not depend on what was sold at the lower price, and enters the score of
 * `price-response.ts` linearly: the noise of the usual rate does not move the estimate one way or the other.
 */

/** Prices differ by at least this share of the usual price. */
export const DEPTH_STEP = 0.025
/** From 2.5 to 90 % below the usual price; what is deeper is counted as 90 %. */
export const DEPTHS = 36

/** By how much a price is lower is one thing; that a promotion is advertised, and a markdown is a sticker, another. */
export const reasons = ['promotion', 'markdown'] as const
export type PriceReason = (typeof reasons)[number]

/** Below the usual price, by depth: units sold, and those that the usual rate would have sold. */
export type Answers = Record<PriceReason, { sold: Float64Array; expected: Float64Array }>

export interface PriceEvidence {
  /** At the usual price: units sold, exposure, days with any. */
  usualUnits: number
  usualExposure: number
  usualDays: number
  /** Of days at the usual price: squared differences from what was expected, and what was expected. */
  squares: number
  squaresExpected: number
  answers: Answers
}

export const noAnswers = (): Answers => ({
  promotion: { sold: new Float64Array(DEPTHS), expected: new Float64Array(DEPTHS) },
  markdown: { sold: new Float64Array(DEPTHS), expected: new Float64Array(DEPTHS) },
})

export const noEvidence = (): PriceEvidence => ({
  usualUnits: 0,
  usualExposure: 0,
  usualDays: 0,
  squares: 0,
  squaresExpected: 0,
  answers: noAnswers(),
})

/** A part of a day at one price. */
export interface PriceStretch {
  /** How far the price was below the usual one, as a share of it; 0: not at all. */
  depth: number
  /** Of a lower price. */
  reason: PriceReason
  units: number
  /** Visitors × the probability that the product was there. */
  exposure: number
}

/** What is left of the usual rate's sums after a day: half of it after four weeks. */
const USUAL_KEPT_A_DAY = 0.5 ** (1 / 28)
/** What is left of the answers to prices: half of it after half a year. */
const ANSWERS_KEPT_A_DAY = 0.5 ** (1 / 182)
/** With fewer days at the usual price nothing is known of what would have been sold. */
const USUAL_DAYS_MIN = 3

/** Adds a day, in any number of stretches. */
export function addDay(evidence: PriceEvidence, day: readonly PriceStretch[]): void {
  forget(evidence)
  const usual = day.filter(({ depth }) => placeOf(depth) < 0)
  addUsual(
    evidence,
    usual.reduce((sum, { units }) => sum + units, 0),
    usual.reduce((sum, { exposure }) => sum + exposure, 0),
  )
  if (evidence.usualDays < USUAL_DAYS_MIN) return
  const rate = usualRate(evidence)
  for (const { depth, reason, units, exposure } of day) {
    const place = placeOf(depth)
    if (place < 0 || !(exposure > 0)) continue
    evidence.answers[reason].sold[place]! += units
    evidence.answers[reason].expected[place]! += rate * exposure
  }
}

/** Units per exposure at the usual price. */
export const usualRate = ({ usualUnits, usualExposure }: PriceEvidence): number =>
  usualExposure > 0 ? usualUnits / usualExposure : 0

/** How far below the usual price the sums of a place are. */
export const depthOf = (place: number): number => (place + 1) * DEPTH_STEP

const placeOf = (depth: number): number => Math.min(DEPTHS, Math.round(depth / DEPTH_STEP)) - 1

function forget(evidence: PriceEvidence): void {
  for (const name of ['usualUnits', 'usualExposure', 'usualDays'] as const) evidence[name] *= USUAL_KEPT_A_DAY
  for (const name of ['squares', 'squaresExpected'] as const) evidence[name] *= ANSWERS_KEPT_A_DAY
  for (const reason of reasons) {
    for (let place = 0; place < DEPTHS; place += 1) {
      evidence.answers[reason].sold[place]! *= ANSWERS_KEPT_A_DAY
      evidence.answers[reason].expected[place]! *= ANSWERS_KEPT_A_DAY
    }
  }
}

function addUsual(evidence: PriceEvidence, units: number, exposure: number): void {
  if (!(exposure > 0)) return
  // Judged by the days before, which it is no part of.
  if (evidence.usualDays >= USUAL_DAYS_MIN) {
    const expected = usualRate(evidence) * exposure
    evidence.squares += (units - expected) ** 2
    evidence.squaresExpected += expected
  }
  evidence.usualUnits += units
  evidence.usualExposure += exposure
  evidence.usualDays += 1
}
