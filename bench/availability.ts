/**
 * How well 1 − p_available ranks the hours that a retailer recorded as out of stock, on days that nothing was learnt from,
 * beside the time since the last sale. Needs no instance. `node bench/availability.ts HOURLY.parquet [held-out days = 14]`
 *
 * The file is FreshRetailNet-50K's hours (docs/sources.md): one row per store × product × hour, a complete grid. It has no
 * foot traffic; what the store's other products sell in the hour is used instead. The model is learnt twice: from sales alone,
 * and with the flags of the training days as what a person saw. No flag of a held-out day is ever shown to it.
 */
import { DuckDBInstance } from '@duckdb/node-api'
import { advance, HOURS_A_DAY, initialAvailability, trafficOver } from '../models/live-state/availability.ts'
import { fitAvailability, type SeriesHours } from '../models/live-state/availability-fit.ts'
import { seeded } from '../models/statistics/random.ts'
import { literal, withConnection } from '../platform/duckdb/duckdb.ts'
import { machine } from './measure.ts'

const BINS = 1_024
const RESAMPLES = 200
const SILENT_HOURS = 4
const [file, heldOutDays = '14'] = process.argv.slice(2)
if (file === undefined) throw new Error('bench/availability: must be the path of hourly.parquet')

interface Grid {
  seriesCount: number
  hours: number
  store: Int32Array
  /** Series by series, hour by hour. */
  sold: Uint8Array
  stockout: Uint8Array
}

console.log(machine())
const grid = await read(file)
const trainingHours = grid.hours - Number(heldOutDays) * HOURS_A_DAY
const traffic = trafficByStore(grid)
/** Hours that nothing is learnt from, series by series, and their recorded flags. */
const heldOut = { hoursASeries: grid.hours - trainingHours, labels: heldOutOf(grid.stockout) }
const flagged = heldOut.labels.reduce((sum, label) => sum + label, 0) / heldOut.labels.length
console.log(
  `${grid.seriesCount} series; learnt from ${trainingHours / HOURS_A_DAY} days, asked about ${heldOutDays}: ` +
    `${heldOut.labels.length} hours, ${percent(flagged)} recorded as out of stock`,
)
const silence = hoursSinceSale()
const models = new Map([
  ['sales alone', probabilityOut(false)],
  ['and seen on training days', probabilityOut(true)],
])
compare('all hours', () => true)
compare('06:00 to 22:00', (_, hour) => hour >= 6 && hour < 22)
const speeds = sellingHours()
for (const [name, isIn] of classesBySpeed(speeds)) compare(name, (series) => isIn(series))
alarms()

async function read(path: string): Promise<Grid> {
  const duckdb = await DuckDBInstance.create(':memory:', { threads: '2' })
  return withConnection(duckdb, async (connection) => {
    const source = `read_parquet(${literal(path)})`
    const shape = await connection.runAndReadAll(
      `select count(distinct (store_id, product_id))::int, count(*)::int from ${source}`,
    )
    const [seriesCount, rows] = shape.getRows()[0] as [number, number]
    const hours = rows / seriesCount
    const sold = new Uint8Array(rows)
    const stockout = new Uint8Array(rows)
    const store = new Int32Array(seriesCount)
    const result = await connection.stream(
      `select (sale_quantity > 0)::tinyint, stockout::tinyint, store_id::int
       from ${source} order by store_id, product_id, date, hour`,
    )
    let row = 0
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [soldVector, stockoutVector, storeVector] = [0, 1, 2].map((column) => chunk!.getColumnVector(column))
      for (let at = 0; at < chunk.rowCount; at += 1, row += 1) {
        sold[row] = soldVector!.getItem(at) as number
        stockout[row] = stockoutVector!.getItem(at) as number
        if (row % hours === 0) store[row / hours] = storeVector!.getItem(at) as number
      }
    }
    return { seriesCount, hours, store, sold, stockout }
  })
}

/** By store and hour: products that sold over how many usually do in that hour of the day, by the training days. */
function trafficByStore({ seriesCount, hours, store, sold }: Grid): Map<number, Float32Array> {
  const selling = new Map(Array.from(store, (id) => [id, new Float32Array(hours)]))
  for (let series = 0; series < seriesCount; series += 1) {
    const sums = selling.get(store[series]!)!
    for (let at = 0; at < hours; at += 1) sums[at]! += sold[series * hours + at]!
  }
  for (const sums of selling.values()) {
    const usual = new Float64Array(HOURS_A_DAY)
    for (let at = 0; at < trainingHours; at += 1) usual[at % HOURS_A_DAY]! += sums[at]! / (trainingHours / HOURS_A_DAY)
    for (let at = 0; at < hours; at += 1) {
      sums[at] = trafficOver(sums[at]!, usual[at % HOURS_A_DAY]!)
    }
  }
  return selling
}

/** The training part of a series, as the model sees it. */
function trainingOf(series: number, withFlags: boolean): SeriesHours {
  const from = series * grid.hours
  const hours: SeriesHours = {
    group: grid.store[series]!,
    firstHour: 0,
    sold: grid.sold.subarray(from, from + trainingHours),
    traffic: traffic.get(grid.store[series]!)!.subarray(0, trainingHours),
  }
  if (!withFlags) return hours
  return { ...hours, seenAvailable: grid.stockout.subarray(from, from + trainingHours).map((flag) => 1 - flag) }
}

function probabilityOut(withFlags: boolean): Float32Array {
  const training = Array.from({ length: grid.seriesCount }, (_, series) => trainingOf(series, withFlags))
  const startedAt = performance.now()
  const { model, rates, iterations } = fitAvailability(training)
  const learntAt = performance.now()
  const scores = new Float32Array(heldOut.labels.length)
  for (let series = 0; series < grid.seriesCount; series += 1) {
    const state = initialAvailability(model)
    const ofStore = traffic.get(grid.store[series]!)!
    for (let at = 0; at < grid.hours; at += 1) {
      const isSold = grid.sold[series * grid.hours + at] === 1
      advance(state, model, rates[series]!, { hour: at % HOURS_A_DAY, isSold, traffic: ofStore[at]! })
      if (at >= trainingHours) scores[series * heldOut.hoursASeries + at - trainingHours] = 1 - state.available
    }
  }
  const filteredMs = performance.now() - learntAt
  const halfLifeDays = Math.log(0.5) / Math.log(model.level.keptAnHour) / HOURS_A_DAY
  console.log(
    `learnt${withFlags ? ' with flags' : ' from sales'} in ${((learntAt - startedAt) / 1e3).toFixed(1)} s, ` +
      `${iterations} iterations; leak ${model.leak.toFixed(3)}, level kept for ${halfLifeDays.toFixed(0)} days; ` +
      `${Math.round(grid.sold.length / filteredMs / 1e3)} million hours/s`,
  )
  return scores
}

function hoursSinceSale(): Float32Array {
  const scores = new Float32Array(heldOut.labels.length)
  for (let series = 0; series < grid.seriesCount; series += 1) {
    let since = 0
    for (let at = 0; at < grid.hours; at += 1) {
      since = grid.sold[series * grid.hours + at] === 1 ? 0 : since + 1
      if (at >= trainingHours) scores[series * heldOut.hoursASeries + at - trainingHours] = since
    }
  }
  return scores
}

function heldOutOf(values: Uint8Array): Uint8Array {
  const part = new Uint8Array(grid.seriesCount * (grid.hours - trainingHours))
  for (let series = 0; series < grid.seriesCount; series += 1) {
    const ends = (series + 1) * grid.hours
    part.set(values.subarray(ends - (grid.hours - trainingHours), ends), series * (grid.hours - trainingHours))
  }
  return part
}

type Keep = (series: number, hour: number) => boolean

/** One line: the areas under the curve, and by how much each model is better, with an interval. */
function compare(name: string, keep: Keep): void {
  const baseline = histograms(silence, keep)
  const parts = [`${name.padEnd(28)} since last sale ${areaOf(baseline).toFixed(3)}`]
  for (const [model, scores] of models) {
    const own = histograms(scores, keep)
    const [low, high] = interval(own, baseline)
    const gain = areaOf(own) - areaOf(baseline)
    parts.push(`${model} ${areaOf(own).toFixed(3)} (+${gain.toFixed(3)}, 95 % ${low.toFixed(3)} to ${high.toFixed(3)})`)
  }
  console.log(`AUC ${parts.join('   ')}`)
}

/** By series: how many hours of each label fall into each bin of the score. Bins hold about as many hours each. */
interface Histograms {
  flagged: Uint16Array
  unflagged: Uint16Array
}

function histograms(scores: Float32Array, keep: Keep): Histograms {
  const sorted = scores.slice().sort()
  const edges = Float32Array.from(
    { length: BINS - 1 },
    (_, bin) => sorted[Math.floor(((bin + 1) * sorted.length) / BINS)]!,
  )
  const flagged = new Uint16Array(grid.seriesCount * BINS)
  const unflagged = new Uint16Array(grid.seriesCount * BINS)
  scores.forEach((score, index) => {
    const series = Math.floor(index / heldOut.hoursASeries)
    if (!keep(series, index % HOURS_A_DAY)) return
    const side = heldOut.labels[index] === 1 ? flagged : unflagged
    side[series * BINS + binOf(edges, score)]! += 1
  })
  return { flagged, unflagged }
}

/** How many edges lie below the score. */
function binOf(edges: Float32Array, score: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < score) low = middle + 1
    else high = middle
  }
  return low
}

/** Area under the curve (Hanley & McNeil 1982): the share of pairs in order; a pair of one bin counts half. */
function areaOf({ flagged, unflagged }: Histograms, sample?: Int32Array): number {
  const positive = new Float64Array(BINS)
  const negative = new Float64Array(BINS)
  for (let series = 0; series < grid.seriesCount; series += 1) {
    const drawn = (sample?.[series] ?? series) * BINS
    for (let bin = 0; bin < BINS; bin += 1) {
      positive[bin]! += flagged[drawn + bin]!
      negative[bin]! += unflagged[drawn + bin]!
    }
  }
  let below = 0
  let inOrder = 0
  let positives = 0
  for (let bin = 0; bin < BINS; bin += 1) {
    inOrder += positive[bin]! * (below + negative[bin]! / 2)
    below += negative[bin]!
    positives += positive[bin]!
  }
  return inOrder / (positives * below)
}

/** 95 % interval of the gain, drawing whole series with replacement, for the hours of one are no independent witnesses. */
function interval(own: Histograms, baseline: Histograms): [number, number] {
  const random = seeded(1)
  const gains = Array.from({ length: RESAMPLES }, () => {
    const sample = Int32Array.from({ length: grid.seriesCount }, () => Math.floor(random() * grid.seriesCount))
    return areaOf(own, sample) - areaOf(baseline, sample)
  }).sort((a, b) => a - b)
  return [gains[Math.floor(RESAMPLES * 0.025)]!, gains[Math.ceil(RESAMPLES * 0.975) - 1]!]
}

/** Share of the training hours in which a series sold. */
function sellingHours(): Float64Array {
  return Float64Array.from({ length: grid.seriesCount }, (_, series) => {
    const from = series * grid.hours
    return grid.sold.subarray(from, from + trainingHours).reduce((sum, one) => sum + one, 0) / trainingHours
  })
}

function classesBySpeed(speed: Float64Array): [string, (series: number) => boolean][] {
  const sorted = speed.slice().sort()
  const [first, second] = [sorted[Math.floor(sorted.length / 3)]!, sorted[Math.floor((sorted.length * 2) / 3)]!]
  return [
    [`slow: sells in < ${percent(first)} of hours`, (series) => speed[series]! < first],
    [`middle`, (series) => speed[series]! >= first && speed[series]! < second],
    [`fast: sells in ≥ ${percent(second)} of hours`, (series) => speed[series]! >= second],
  ]
}

/** The rule "no sale for 4 h" against as many alarms of the model's. */
function alarms(): void {
  const silent = silence.map((hours) => (hours >= SILENT_HOURS ? 1 : 0))
  const count = silent.reduce((sum, one) => sum + one, 0)
  showAlarms(`no sale for ${SILENT_HOURS} h`, (index) => silent[index] === 1, count)
  for (const [model, scores] of models) {
    const limit = scores.slice().sort()[scores.length - count]!
    showAlarms(model, (index) => scores[index]! >= limit, count)
  }
}

function showAlarms(name: string, isAlarm: (index: number) => boolean, wanted: number): void {
  let given = 0
  let right = 0
  let flags = 0
  heldOut.labels.forEach((label, index) => {
    flags += label
    if (!isAlarm(index)) return
    given += 1
    right += label
  })
  console.log(
    `alarms ${name.padEnd(28)} in ${percent(given / heldOut.labels.length)} of hours (wanted ${percent(wanted / heldOut.labels.length)}): ` +
      `precision ${percent(right / given)}, recall ${percent(right / flags)}`,
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
