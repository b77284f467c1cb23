/** Makes a version's evidence out of its trials, block by block. */
import { dateOf } from '../../contracts/calendar.ts'
import { blockName, QUANTILES } from '../../models/forecasting/plan.ts'
import type { Xgboost } from '../../platform/xgboost/xgboost.ts'
import type { TriedBlock } from '../forecasting/training.ts'
import type { ModelEvidence } from './evidence.ts'
import type { Trial } from './trial.ts'

/** Predictions that are kept of a block, for the plot. */
const POINTS_MAX = 600
/** Rows that SHAP values are computed of: each takes some milliseconds. */
const CONTRIBUTION_ROWS_MAX = 600

/** Adds what a block's trial shows to the evidence. */
export async function measureTrial(
  evidence: ModelEvidence,
  xgboost: Xgboost,
  tried: TriedBlock,
  trial: Trial,
): Promise<void> {
  const known = rowsKnown(trial)
  if (known.length === 0) return
  addDays(evidence, trial, known)
  addPoints(evidence, blockName(tried.block), trial, known)
  addHorizons(evidence, trial, known)
  addCalibration(evidence, trial, known)
  // The first block is what orders are made by; one picture of what matters is enough.
  if (tried.block.first > 1) return
  evidence.stores = errorsByStore(trial, known)
  evidence.importance = await importanceOf(xgboost, tried, trial)
}

function rowsKnown({ rows, actual }: Trial): Int32Array {
  const known = new Int32Array(rows.rows)
  let count = 0
  for (let row = 0; row < rows.rows; row += 1) if (Number.isFinite(actual[row]!)) known[count++] = row
  return known.subarray(0, count)
}

function addDays(evidence: ModelEvidence, { rows }: Trial, known: Int32Array): void {
  let [first, last] = [Number.POSITIVE_INFINITY, 0]
  for (const row of known) {
    first = Math.min(first, rows.targetDay[row]!)
    last = Math.max(last, rows.targetDay[row]!)
  }
  const [from, through] = [first, last].map(dateOf)
  const { measured } = evidence
  if (measured.from === '' || from! < measured.from) measured.from = from!
  if (through! > measured.through) measured.through = through!
}

function addPoints(evidence: ModelEvidence, name: string, { rows, actual, forecast }: Trial, known: Int32Array): void {
  evidence.predictions ??= { unit: 'units a day', groups: [], points: [] }
  const { groups, points } = evidence.predictions
  const group = groups.push(`days ${name}`) - 1
  const step = Math.max(1, Math.ceil(known.length / POINTS_MAX))
  for (let at = 0; at < known.length; at += step) {
    const row = known[at]!
    points.push([short(actual[row]!), short(forecast.mean[row]! * rows.inStockShare[row]!), group])
  }
}

/** Six digits are more than a plot shows. */
const short = (value: number): number => Number(value.toPrecision(6))

function addHorizons(evidence: ModelEvidence, { rows, horizon, actual, forecast }: Trial, known: Int32Array): void {
  const sums = new Map<number, { rows: number; actual: number; error: number; naive: number }>()
  for (const row of known) {
    const days = horizon[row]!
    const sum = sums.get(days) ?? { rows: 0, actual: 0, error: 0, naive: 0 }
    sum.rows += 1
    sum.actual += actual[row]!
    const share = rows.inStockShare[row]!
    sum.error += Math.abs(forecast.mean[row]! * share - actual[row]!)
    sum.naive += Math.abs(rows.seasonalNaive[row]! * share - actual[row]!)
    sums.set(days, sum)
  }
  evidence.horizons ??= []
  for (const [days, sum] of [...sums].sort(([one], [two]) => one - two)) {
    if (sum.actual === 0) continue
    evidence.horizons.push({ days, rows: sum.rows, error: sum.error / sum.actual, naive: sum.naive / sum.actual })
  }
}

/** Goods that seldom sell have zero sales on most days, at or below any quantile: low levels are rightly exceeded. */
function addCalibration(evidence: ModelEvidence, { rows, actual, forecast }: Trial, known: Int32Array): void {
  evidence.calibration ??= QUANTILES.map((level) => ({ level, share: 0, rows: 0 }))
  for (const [index, own] of evidence.calibration.entries()) {
    let below = own.share * own.rows
    for (const row of known) {
      if (actual[row]! <= forecast.quantiles[row * QUANTILES.length + index]! * rows.inStockShare[row]!) below += 1
    }
    own.rows += known.length
    own.share = below / own.rows
  }
}

function errorsByStore({ rows, item, items, actual, forecast }: Trial, known: Int32Array) {
  const stores: NonNullable<ModelEvidence['stores']> = {}
  for (const row of known) {
    const { storeId } = items[item[row]!]!
    stores[storeId] ??= { rows: 0, actual: 0, absoluteError: 0 }
    stores[storeId].rows += 1
    stores[storeId].actual += actual[row]!
    stores[storeId].absoluteError += Math.abs(forecast.mean[row]! * rows.inStockShare[row]! - actual[row]!)
  }
  return stores
}

async function importanceOf(xgboost: Xgboost, { mean, gains }: TriedBlock, { rows }: Trial) {
  const { features } = rows
  const width = features.length
  const step = Math.max(1, Math.ceil(rows.rows / CONTRIBUTION_ROWS_MAX))
  const count = Math.ceil(rows.rows / step)
  const drawn = new Float32Array(count * width)
  for (let at = 0; at < count; at += 1) {
    drawn.set(rows.values.subarray(at * step * width, (at * step + 1) * width), at * width)
  }
  const loaded = await xgboost.load(mean)
  try {
    const { values, columns } = await loaded.contributions(drawn)
    const moved = features.map((_, column) => {
      let sum = 0
      for (let row = 0; row < count; row += 1) sum += Math.abs(values[row * columns + column]!)
      return sum / count
    })
    return features
      .map((feature, index) => ({ feature, gain: gains[feature] ?? 0, shap: moved[index]! }))
      .sort((one, two) => two.shap - one.shap)
  } finally {
    await loaded.free()
  }
}
