/** What the isolation forests see, of a day of a product in a store and of one sale line. */
import type { AnomalyCombination } from './anomaly-score.ts'

/** Of a day, by name: how `sql/insights/anomaly_days.sql` makes it. */
export const dayFeatures: Readonly<Record<string, string>> = {
  units: '(lag_1 - mean_28) / sqrt(coalesce(std_28 * std_28, 0) + mean_28 + 0.1)',
  units_by_weekday: '(lag_1 - weekday_mean) / sqrt(weekday_mean + 0.1)',
  week_over_month: 'ln((mean_7 + 0.1) / (mean_28 + 0.1))',
  silence: 'days_since_sale * (1 - coalesce(zero_share_28, 1))',
  price_ratio: 'ln(greatest(price_ratio, 0.01))',
  discount: 'discount_last',
  returned: 'coalesce(returned_units / nullif(coalesce(units, 0) + returned_units, 0), 0)',
  units_per_line: 'ln((units / nullif(lines, 0)) / nullif(mean_28, 0) + 0.01)',
  stock_cover: 'sign(on_hand) * ln(1 + abs(on_hand) / (mean_28 + 0.1))',
  stock_adjusted: 'sign(adjusted) * ln(1 + abs(adjusted) / (mean_28 + 0.1))',
  stock_received: 'ln(1 + greatest(received, 0) / (mean_28 + 0.1))',
}

/** Of a sale line, in the order of `writeLineRow`. */
export const lineFeatures = ['quantity', 'quantity_ratio', 'price_ratio', 'discount_share', 'amount', 'hour'] as const

export interface SaleLine {
  /** Negative for a return. */
  quantity: number
  unitPrice: number
  discount: number
  /** What was paid for the line. */
  amount: number
  /** Of the store's clock, with its minutes as a part: 13.5 is half past one. */
  hour: number
  /** Units that the product sells in the store on an average day of the four weeks before; NaN where it is not known. */
  usualUnits: number
  /** Money paid per unit in these weeks; NaN where it is not known. */
  usualPrice: number
}

/** Writes a line as a row of `lineFeatures` at `at`; what can't be computed is NaN. */
export function writeLineRow(line: SaleLine, values: Float32Array, at: number): void {
  const { quantity, unitPrice, discount, amount, hour, usualUnits, usualPrice } = line
  const size = Math.abs(quantity)
  const listed = size * unitPrice
  values[at] = Math.sign(quantity) * Math.log1p(size)
  values[at + 1] = size > 0 && usualUnits > 0 ? Math.log(size / usualUnits) : Number.NaN
  values[at + 2] = usualPrice > 0 && size > 0 ? Math.log(Math.max(amount / quantity / usualPrice, 0.001)) : Number.NaN
  values[at + 3] = listed > 0 ? discount / listed : 0
  values[at + 4] = Math.sign(amount) * Math.log1p(Math.abs(amount))
  values[at + 5] = hour
}

/** The form of the artefact beside the forest. */
export interface AnomalyManifest {
  model: 'anomalies' | 'unusual_sales'
  features: string[]
  /** From this score on a row counts as odd. */
  threshold: number
  /** The share of usual rows that lies above the threshold by its making. */
  oddShare: number
  seed: number
  trainedThrough: string
  /** How the forest's score and the robust distance are combined; absent in older artefacts. */
  combination?: AnomalyCombination
}

export const FOREST_FILE = 'forest.json'
