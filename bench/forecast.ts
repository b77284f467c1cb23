/**
 * The demand forecast on real data, beside seasonal naive and moving averages: rolling-origin errors on the last days, which
 * it was not trained on; time, memory. No instance is needed.
 *
 * `node bench/forecast.ts SET [horizon = 7] [windows = 2] [step = horizon]`: SET is complete-journey, online-retail, freshretail=HOURLY.parquet, one that is made
 * (bench/made-sets.ts), or FILE=MAP.yaml; with `,week` at its end by weeks
 *
 * With `--frozen` as the last argument the frozen origins of the file instead, each by a model of its day: figures to report, which no
 * choice may follow from. Without it windows that hold a frozen day are refused.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Evaluation, evaluateForecast } from '../activities/forecasting/evaluation.ts'
import { EVALUATED } from '../activities/forecasting/evaluation-errors.ts'
import { addDays } from '../contracts/calendar.ts'
import { type Frequency, PERIOD_DAYS } from '../models/forecasting/plan.ts'
import { createLocalDuckDb, withConnection } from '../platform/duckdb/duckdb.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { openXgboost } from '../platform/xgboost/xgboost.ts'
import { readSalesFile } from '../sources/series-file.ts'
import type { SeriesMap } from '../sources/series-map.ts'
import { forecastSets } from './forecast-sets.ts'
import { frozenOrigins, refuseFrozen } from './frozen.ts'
import { machine } from './measure.ts'

const isFrozen = process.argv.at(-1) === '--frozen'
const given = isFrozen ? process.argv.slice(2, -1) : process.argv.slice(2)
const [source = 'complete-journey', horizon = '7', windows = '2', step = horizon] = given

console.log(machine())
const home = mkdtempSync(join(tmpdir(), 'shelfline-bench-'))
const settings = { ...loadSettings(), home, duckdbMemoryLimitMegabytes: 3_000 }
const duckdb = await createLocalDuckDb(settings)
await using xgboost = openXgboost(settings)
try {
  const sets = await withConnection(duckdb, (connection) => forecastSets(connection, source, home))
  for (const { name, file, map, frequency } of sets) {
    if (!isFrozen) report(name, await evaluate(file, map, frequency))
    else
      for (const origin of frozenOrigins(source))
        report(`${name}, frozen`, await evaluate(file, map, frequency, origin))
  }
} finally {
  duckdb.closeSync()
  rmSync(home, { recursive: true })
}

/** @param origin the only one; left out: the last ones of the file, as far as choices may look at them */
function evaluate(file: string, map: SeriesMap, frequency: Frequency, origin?: string): Promise<Evaluation> {
  return withConnection(duckdb, async (connection) => {
    const sales = await readSalesFile(connection, file, map, PERIOD_DAYS[frequency])
    const periodDays = PERIOD_DAYS[frequency]
    const horizonDays = periodDays * Number(horizon)
    const end = addDays(sales.last, periodDays - 1)
    const wanted =
      origin === undefined
        ? { windows: Number(windows), step: Number(step), last: sales.last }
        : { windows: 1, step: 1, last: addDays(origin, horizonDays + 1 - periodDays) }
    if (origin === undefined) {
      const [set = ''] = source.split(/[=,]/)
      refuseFrozen(
        set,
        Array.from({ length: wanted.windows }, (_, back) => {
          const through = addDays(end, -back * wanted.step * periodDays)
          return { from: addDays(through, 1 - horizonDays), through }
        }),
      )
    }
    const evaluation = await evaluateForecast({
      connection,
      xgboost,
      sales: { ...sales, last: wanted.last },
      frequency,
      horizon: Number(horizon),
      windows: wanted.windows,
      step: wanted.step,
      excludeCensored: false,
      seed: 1,
      onStep: (text, done) => process.stderr.write(`\r${(done * 100).toFixed(0)} % ${text.padEnd(60)}`),
    })
    process.stderr.write('\n')
    return evaluation
  })
}

function report(
  name: string,
  { series, windows: origins, forecasts, parts, seconds, peakMegabytes }: Evaluation,
): void {
  const [first, last] = [origins[0]!, origins.at(-1)!]
  console.log(
    `${name}: ${series.toLocaleString('en-GB')} series, ${origins.length} origins, ${first.from} to ${last.through}`,
  )
  const simple = EVALUATED.filter((each) => each !== 'mean' && each !== 'median')
  const best = Math.min(...simple.map((each) => forecasts[each].wape!))
  for (const each of EVALUATED) {
    const { wape, mase, bias, pinball, coverage_80: coverage } = forecasts[each]
    const figures = { wape, 'wape / best simple': wape! / best, mase, bias, pinball, coverage }
    const text = Object.entries(figures).map(([key, value]) => `${key} ${value?.toFixed(4) ?? '–'}`)
    console.log(`  ${each.padEnd(18)} ${text.join('  ')}`)
  }
  for (const { horizon, demandClass, rows, wape, medianWape, bias, coverage_80: coverage } of parts) {
    const figures = { wape, 'wape of the median': medianWape, bias, coverage }
    const text = Object.entries(figures).map(([key, value]) => `${key} ${value?.toFixed(4) ?? '–'}`)
    console.log(`    ${horizon.padEnd(6)} ${demandClass.padEnd(13)} ${String(rows).padStart(8)} ${text.join('  ')}`)
  }
  const took = Object.entries(seconds).map(([key, value]) => `${key} ${value.toFixed(1)} s`)
  console.log(
    `  ${forecasts.mean.rows.toLocaleString('en-GB')} forecasts; ${took.join(', ')}; at most ${peakMegabytes.toFixed(0)} MB so far`,
  )
}
