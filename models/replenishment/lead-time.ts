/** How long a supplier takes. */

/** Days from order to delivery as a distribution over whole days. */
export interface LeadTime {
  /** Rising, 0 or more; 0 is a delivery that can still be sold today. */
  days: readonly number[]
  /** One for each of `days`; they sum to 1. */
  probabilities: readonly number[]
  /** Where it comes from, for people: e.g. '14 receipts of SUP-3', 'agreed with SUP-3'. */
  source: string
}
