/** Errors of forecasts whose days have come: DuckDB adds them up, so that a file of any size needs no more memory. */
import {
  blockName,
  blocksFor,
  type Frequency,
  PERIOD_DAYS,
  QUANTILES,
  quantileColumn,
} from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { IN_STOCK_SHARE_MIN, NO_AVAILABILITY } from './dataset.ts'
import type { PointErrors, QuantileErrors } from './scoring.ts'

/** In the order in which they are shown. */
export const EVALUATED = [
  'mean',
  'median',
  'seasonal_naive',
  'seasonal_naive_year',
  'moving_average_7',
  'moving_average_28',
] as const
export type EvaluatedForecast = (typeof EVALUATED)[number]

export interface EvaluatedErrors extends PointErrors, QuantileErrors {
  rows: number
}

/** Of some days ahead and a class of series; `new` has never sold before, `ended` not within 90 days. */
export interface EvaluatedPart {
  /** Days ahead, e.g. '8-14'. */
  horizon: string
  demandClass: string
  rows: number
  wape: number | undefined
  bias: number | undefined
  medianWape: number | undefined
  coverage_80: number | undefined
}

/** The simple forecasts of a row of the view `target`, and the scale of MASE, by column. */
export function simpleForecasts(frequency: Frequency): Readonly<Record<string, string>> {
  const step = PERIOD_DAYS[frequency]
  const newest = frequency === 'week' ? 50 : 56
  const moving = (days: number) => `list_avg([${placesBack(newest, days, step)}])`
  const differences = Array.from({ length: 49 }, (_, day) => `abs(recent[${day + 8}] - recent[${day + 1}])`)
  return {
    demand_class: "coalesce(demand_class::varchar, 'unclassified')",
    seasonal_naive: 'seasonal_naive',
    // Where a series has no day a year ago: the day a week ago.
    seasonal_naive_year: 'coalesce(seasonal_naive_year, seasonal_naive)',
    moving_average_7: moving(7),
    moving_average_28: moving(28),
    // A week's scale is over the one day of each week that has its sales.
    seasonal_difference: `${step} * list_avg([${differences.join(', ')}])`,
  }
}

const placesBack = (newest: number, days: number, step: number): string =>
  Array.from({ length: days / step }, (_, back) => `recent[${newest - back * step}]`).join(', ')

const column = (name: EvaluatedForecast): string => (name === 'median' ? quantileColumn(0.5) : name)
const counted = (amount: string, where = 'true'): string =>
  `(coalesce(sum(round(1000000 * ${amount})::hugeint) filter (where ${where}), 0)::double / 1000000)`
const IS_UNCENSORED = 'share > 0.999'
const HAS_SCALE = 'seasonal_difference > 0'
const pinball = (quantile: string, level: number): string =>
  `greatest(${level} * (actual - ${quantile}), ${(1 - level).toFixed(2)} * (${quantile} - actual))`

/** What is added up of each forecast, by name. */
function sumsOf(name: EvaluatedForecast): Record<string, string> {
  const forecast = `coalesce(${column(name)}, 0)::double`
  const error = `(${forecast} * share - actual)`
  const losses = QUANTILES.map((level) => pinball(name === 'mean' ? quantileColumn(level) : forecast, level))
  return {
    absolute: counted(`abs(${error})`),
    signed: counted(error),
    squared: counted(`${error} ** 2`),
    scaled: counted(`abs(${error}) / seasonal_difference`, HAS_SCALE),
    pinball: counted(`(${losses.join(' + ')}) / ${QUANTILES.length}`, IS_UNCENSORED),
  }
}

const SUMS: Readonly<Record<string, string>> = {
  rows: 'count(*)',
  actual: counted('actual'),
  scaled_rows: `count(*) filter (where ${HAS_SCALE})`,
  uncensored_rows: `count(*) filter (where ${IS_UNCENSORED})`,
  covered: `count(*) filter (where ${IS_UNCENSORED} and actual between ${quantileColumn(0.1)} and high_80)`,
  ...Object.fromEntries(
    EVALUATED.flatMap((name) => Object.entries(sumsOf(name)).map(([sum, sql]) => [`${name}_${sum}`, sql])),
  ),
}

type Sums = Record<string, number>
interface PartSums {
  horizon: string
  demandClass: string
  sums: Sums
}

export interface OutcomeRequest {
  /** A table of forecasts with `simpleForecasts` beside them. */
  forecasts: string
  /** The last day that they knew. */
  origin: string
  horizonDays: number
  frequency: Frequency
  daily: string
  availability: string | undefined
  /** Leave out days on which a part of the demand met an empty shelf. */
  excludeCensored: boolean
}

/** Adds up over origins. */
export class EvaluationErrors {
  readonly #parts: PartSums[] = []

  /** Needs the tables of `defineLabels`. */
  async add(connection: DuckDBConnection, request: OutcomeRequest): Promise<void> {
    const {
      forecasts,
      daily,
      availability = NO_AVAILABILITY,
      excludeCensored,
      origin,
      horizonDays,
      frequency,
    } = request
    const blocks = blocksFor(horizonDays, frequency).map(
      (block) => `when days <= ${block.last} then '${blockName(block)}'`,
    )
    const judged = excludeCensored ? IS_UNCENSORED : `share >= ${IN_STOCK_SHARE_MIN}`
    const sums = Object.entries(SUMS).map(([name, sql]) => `${sql} as ${name}`)
    const reader = await connection.runAndReadAll(
      statement('forecasting/evaluation_errors.sql', {
        forecasts,
        daily,
        availability,
        judged,
        origin: `date ${literal(origin)}`,
        horizon_cases: blocks.join(' '),
        sums: sums.join(', '),
      }),
    )
    for (const [horizon, demandClass, ...values] of reader.getRows()) {
      const names = Object.keys(SUMS)
      this.#parts.push({
        horizon: String(horizon),
        demandClass: String(demandClass),
        sums: Object.fromEntries(names.map((name, index) => [name, Number(values[index])])),
      })
    }
  }

  errors(): Record<EvaluatedForecast, EvaluatedErrors> {
    const sums = added(this.#parts)
    return Object.fromEntries(EVALUATED.map((name) => [name, errorsOf(sums, name)])) as Record<
      EvaluatedForecast,
      EvaluatedErrors
    >
  }

  /** In the order of the days ahead, then by class. */
  parts(): EvaluatedPart[] {
    const parts = Map.groupBy(this.#parts, ({ horizon, demandClass }) => `${horizon} ${demandClass}`)
    return [...parts.values()]
      .map((own): EvaluatedPart => {
        const sums = added(own)
        const { wape, bias, coverage_80 } = errorsOf(sums, 'mean')
        const { horizon, demandClass } = own[0]!
        return {
          horizon,
          demandClass,
          rows: sums.rows!,
          wape,
          bias,
          medianWape: errorsOf(sums, 'median').wape,
          coverage_80,
        }
      })
      .sort((one, other) => Number.parseInt(one.horizon, 10) - Number.parseInt(other.horizon, 10))
  }
}

const added = (parts: readonly PartSums[]): Sums =>
  Object.fromEntries(Object.keys(SUMS).map((name) => [name, parts.reduce((sum, { sums }) => sum + sums[name]!, 0)]))

function errorsOf(sums: Sums, name: EvaluatedForecast): EvaluatedErrors {
  const own = (sum: string) => sums[`${name}_${sum}`]!
  const over = (above: number, below: number) => (below > 0 ? above / below : undefined)
  const squared = over(own('squared'), sums.rows!)
  return {
    wape: over(own('absolute'), sums.actual!),
    bias: over(own('signed'), sums.actual!),
    mase: over(own('scaled'), sums.scaled_rows!),
    rmse: squared === undefined ? undefined : Math.sqrt(squared),
    pinball: over(own('pinball'), sums.uncensored_rows!),
    coverage_80: name === 'mean' ? over(sums.covered!, sums.uncensored_rows!) : undefined,
    uncensored_rows: sums.uncensored_rows!,
    rows: sums.rows!,
  }
}
