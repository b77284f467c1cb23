/**
 * The demand forecast on real data, beside seasonal naive and moving averages: rolling-origin errors on the last days, which
 * it was not trained on; time, memory. No instance is needed.
 *
 * `node bench/forecast.ts [complete-journey | online-retail | freshretail=HOURLY.parquet] [horizon days = 7] [windows = 2] [step = horizon]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EVALUATED, type Evaluation, evaluateForecast } from '../activities/forecasting/evaluation.ts'
import { createLocalDuckDb, withConnection } from '../platform/duckdb/duckdb.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { openXgboost } from '../platform/xgboost/xgboost.ts'
import { readSalesFile } from '../sources/series-file.ts'
import { forecastSets } from './forecast-sets.ts'
import { machine } from './measure.ts'

const [source = 'complete-journey', horizon = '7', windows = '2', step = horizon] = process.argv.slice(2)

console.log(machine())
const home = mkdtempSync(join(tmpdir(), 'shelfline-bench-'))
const settings = { ...loadSettings(), home, duckdbMemoryLimitMegabytes: 3_000 }
const duckdb = await createLocalDuckDb(settings)
await using xgboost = openXgboost(settings)
try {
  const sets = await withConnection(duckdb, (connection) => forecastSets(connection, source, home))
  for (const { name, file, map } of sets) {
    const evaluation = await withConnection(duckdb, async (connection) =>
      evaluateForecast({
        connection,
        xgboost,
        sales: await readSalesFile(connection, file, map, 1),
        frequency: 'day',
        horizon: Number(horizon),
        windows: Number(windows),
        step: Number(step),
        excludeCensored: false,
        seed: 1,
        onStep: (text, done) => process.stderr.write(`\r${(done * 100).toFixed(0)} % ${text.padEnd(60)}`),
      }),
    )
    process.stderr.write('\n')
    report(name, evaluation)
  }
} finally {
  duckdb.closeSync()
  rmSync(home, { recursive: true })
}

function report(name: string, { series, windows: origins, forecasts, seconds, peakMegabytes }: Evaluation): void {
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
  const took = Object.entries(seconds).map(([key, value]) => `${key} ${value.toFixed(1)} s`)
  console.log(
    `  ${forecasts.mean.rows.toLocaleString('en-GB')} forecasts; ${took.join(', ')}; at most ${peakMegabytes.toFixed(0)} MB so far`,
  )
}
