/**
 * The rows that the morning's forecast reads, held in memory for forecasts that are asked for one by one. They are read by the
 * same statements: nothing is computed again here. What the days ahead of a series share is held once.
 */
import { RECENT_DAYS } from '../../assets/features/columns.ts'
import { type ForecastRows, sharedFeatures } from '../dataset.ts'
import type { SeriesKey } from './prediction.ts'

/** What a row has beside the features of a model. */
const OF_SERIES = ['level', 'segment', 'mean28', 'seasonalDifference'] as const
const OF_DAY = ['seasonalNaive', 'seasonalNaiveYear', 'weekdayMean', 'season', 'isClosed', 'targetDay'] as const
type OfSeries = (typeof OF_SERIES)[number]
type OfDay = (typeof OF_DAY)[number]

const SEPARATOR = '\n'
const keyOf = (storeId: string, productId: string): string => `${storeId}${SEPARATOR}${productId}`

/** A row to forecast. */
export interface Place {
  /** Number of the series in its table. */
  series: number
  /** Days after the origin, from 1. */
  horizon: number
}

/** Vectors of a row for each series, or for each day ahead of each. */
interface Part<Name extends string> {
  /** Of the model's columns: those that are held here. */
  columns: readonly number[]
  values: Float32Array
  others: Record<Name, Float32Array>
}

export class SeriesTable {
  /** The last day that the features know, YYYY-MM-DD. */
  readonly origin: string
  readonly horizonDays: number
  /** What the columns of a model's rows are. */
  readonly features: readonly string[]
  readonly #numbers = new Map<string, number>()
  readonly #series: Part<OfSeries>
  readonly #days: Part<OfDay>
  readonly #recent: Float32Array

  /** @param size series that there is room for */
  constructor(origin: string, horizonDays: number, features: readonly string[], size: number) {
    this.origin = origin
    this.horizonDays = horizonDays
    this.features = features
    const columns = features.map((_, column) => column)
    const isShared = (column: number) => sharedFeatures.has(features[column]!)
    this.#series = partOf(OF_SERIES, columns.filter(isShared), size)
    this.#days = partOf(
      OF_DAY,
      columns.filter((column) => !isShared(column)),
      size * horizonDays,
    )
    this.#recent = new Float32Array(size * RECENT_DAYS)
  }

  /** How many series there are. */
  get size(): number {
    return this.#numbers.size
  }

  /** Bytes of the numbers that are held. */
  get bytes(): number {
    const vectors = [this.#series, this.#days].flatMap(({ values, others }) => [values, ...Object.values(others)])
    return [...vectors, this.#recent].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** The number of a series; undefined: it has not sold within the window of the features. */
  find({ storeId, productId }: SeriesKey): number | undefined {
    return this.#numbers.get(keyOf(storeId, productId))
  }

  /**
   * Takes over rows of some series.
   *
   * @param keys of these series, in the order of their rows
   * @param rows for each series the days ahead from `firstHorizon` on, as many for each
   */
  add(keys: readonly SeriesKey[], rows: ForecastRows, firstHorizon: number): void {
    if (keys.length === 0) return
    const days = rows.rows / keys.length
    for (const [index, { storeId, productId }] of keys.entries()) {
      const key = keyOf(storeId, productId)
      const series = this.#numbers.get(key) ?? this.#numbers.size
      this.#numbers.set(key, series)
      const first = index * days
      copy(rows, first, this.#series, series)
      this.#recent.set(rows.recent.subarray(index * RECENT_DAYS, (index + 1) * RECENT_DAYS), series * RECENT_DAYS)
      for (let day = 0; day < days; day += 1) {
        copy(rows, first + day, this.#days, series * this.horizonDays + firstHorizon + day - 1)
      }
    }
  }

  /** Fills a row in, as it was read. */
  fill({ series, horizon }: Place, rows: ForecastRows, row: number): void {
    fill(this.#series, series, rows, row)
    fill(this.#days, series * this.horizonDays + horizon - 1, rows, row)
    rows.recent.set(this.#recent.subarray(series * RECENT_DAYS, (series + 1) * RECENT_DAYS), row * RECENT_DAYS)
  }
}

function partOf<Name extends string>(names: readonly Name[], columns: readonly number[], size: number): Part<Name> {
  return {
    columns,
    values: new Float32Array(size * columns.length),
    others: Object.fromEntries(names.map((name) => [name, new Float32Array(size)])) as Record<Name, Float32Array>,
  }
}

function copy<Name extends OfSeries | OfDay>(from: ForecastRows, row: number, part: Part<Name>, at: number): void {
  const { columns, values, others } = part
  const source = row * from.features.length
  const target = at * columns.length
  for (let index = 0; index < columns.length; index += 1)
    values[target + index] = from.values[source + columns[index]!]!
  for (const name in others) others[name][at] = from[name][row]!
}

function fill<Name extends OfSeries | OfDay>(part: Part<Name>, at: number, into: ForecastRows, row: number): void {
  const { columns, values, others } = part
  const source = at * columns.length
  const target = row * into.features.length
  for (let index = 0; index < columns.length; index += 1)
    into.values[target + columns[index]!] = values[source + index]!
  for (const name in others) into[name][row] = others[name][at]!
}

/** Rows to be filled in, each of a series of its own. */
export function emptyRows(features: readonly string[], count: number): ForecastRows {
  const names = [...OF_SERIES, ...OF_DAY]
  const vectors = Object.fromEntries(names.map((name) => [name, new Float32Array(count)]))
  return {
    ...(vectors as Record<OfSeries | OfDay, Float32Array>),
    rows: count,
    features,
    values: new Float32Array(count * features.length),
    actual: new Float32Array(count).fill(Number.NaN),
    inStockShare: new Float32Array(count).fill(1),
    recent: new Float32Array(count * RECENT_DAYS),
    series: Float32Array.from({ length: count }, (_, row) => row),
  }
}
