/**
 * The peer: Python's mlforecast with LightGBM (Tweedie, the same lags and rolls, the same covariates) and the demand
 * forecast, on the same days of the same series, in one run. The peer is trained twice over: for the mean alone, and with
 * conformal intervals, which ours always has. Needs Python 3 with pip (fetches mlforecast once); no instance.
 *
 * `node bench/mlforecast/compare.ts SET [horizon = 7] [windows = 2] [step = horizon] [--intervals] [--frozen]`: SET as for bench/forecast.ts, with `,week` by
 * weeks. With `--frozen` the frozen origins of the file instead, each by models of its day: figures to report, which no choice may follow from.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluateForecast } from '../../activities/forecasting/evaluation.ts'
import { EVALUATED } from '../../activities/forecasting/evaluation-errors.ts'
import { addDays } from '../../contracts/calendar.ts'
import { type Frequency, PERIOD_DAYS } from '../../models/forecasting/plan.ts'
import { createLocalDuckDb, type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { openXgboost } from '../../platform/xgboost/xgboost.ts'
import { type FileSales, readSalesFile } from '../../sources/series-file.ts'
import { forecastSets } from '../forecast-sets.ts'
import { frozenOrigins, refuseFrozen } from '../frozen.ts'
import { machine } from '../measure.ts'
import { installPython } from '../python-peer.ts'

const PACKAGES = [
  'mlforecast==1.1.0',
  'lightgbm==4.7.0',
  'scikit-learn==1.7.2',
  'numpy==2.3.4',
  'pandas==2.3.3',
  'pyarrow==22.0.0',
]

interface Theirs {
  rows: number
  seconds: number
  /** Of all threads: hardly changes when others work on the machine. */
  cpuSeconds: number
  actual: number
  wape: number
  bias: number
  peakMegabytes: number
  coverage_80?: number
}

const flags = process.argv.slice(2).filter((word) => word.startsWith('--'))
const [withIntervals, isFrozen] = [flags.includes('--intervals'), flags.includes('--frozen')]
const given = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const [source = 'online-retail', horizon = '7', windows = '2', step = horizon] = given

console.log(machine())
const peer = await installPython('mlforecast-lightgbm', PACKAGES)
const home = mkdtempSync(join(tmpdir(), 'shelfline-bench-'))
const settings = { ...loadSettings(), home, duckdbMemoryLimitMegabytes: 3_000 }
const duckdb = await createLocalDuckDb(settings)
await using xgboost = openXgboost(settings)
try {
  await withConnection(duckdb, compare)
} finally {
  duckdb.closeSync()
  rmSync(home, { recursive: true })
}

interface Compared {
  ours: Errors
  theirs: Errors
}
interface Errors {
  wape: number
  actual: number
}

async function compare(connection: DuckDBConnection): Promise<void> {
  // The peer knows nothing of hours out of stock: both forecast what sells.
  const set = (await forecastSets(connection, source, home)).at(-1)!
  const { frequency } = set
  const sales = await readSalesFile(connection, set.file, set.map, PERIOD_DAYS[frequency])
  console.log(
    `${set.name}: ${sales.series.toLocaleString('en-GB')} series, ${isFrozen ? 'each frozen origin' : `${windows} windows`} of ${horizon} ${frequency}s`,
  )
  if (!isFrozen) {
    await compareThrough(connection, sales, frequency, Number(windows), Number(step), sales.last)
    return
  }
  const compared: Compared[] = []
  for (const origin of frozenOrigins(source)) {
    console.log(` after ${origin}`)
    const last = addDays(origin, PERIOD_DAYS[frequency] * (Number(horizon) - 1) + 1)
    compared.push(await compareThrough(connection, sales, frequency, 1, 1, last))
  }
  const total = (of: 'ours' | 'theirs') =>
    compared.reduce((sum, one) => sum + one[of].wape * one[of].actual, 0) /
    compared.reduce((sum, one) => sum + one[of].actual, 0)
  console.log(
    `  all of them: WAPE ours ${total('ours').toFixed(4)}, mlforecast ${total('theirs').toFixed(4)}, ratio ${(total('ours') / total('theirs')).toFixed(3)}`,
  )
}

/** @param last the last period that is known and measured */
async function compareThrough(
  connection: DuckDBConnection,
  sales: FileSales,
  frequency: Frequency,
  count: number,
  stepPeriods: number,
  last: string,
): Promise<Compared> {
  const cpuSeconds = cpuClock()
  const ours = await evaluateForecast({
    connection,
    xgboost,
    sales: { ...sales, last },
    frequency,
    excludeCensored: false,
    seed: 1,
    horizon: Number(horizon),
    windows: count,
    step: stepPeriods,
  })
  if (!isFrozen) refuseFrozen(source.split(/[=,]/)[0]!, ours.windows)
  const seconds = Object.values(ours.seconds).reduce((sum, value) => sum + value, 0)
  const mean = { ...ours.forecasts.mean, seconds, cpuSeconds: cpuSeconds(), peakMegabytes: ours.peakMegabytes }
  const panel = await writePanel(connection, sales, frequency, last)
  const statics = ['store_id', 'product_id', 'category', 'department']
  const run = (intervals: boolean) =>
    peer.run<Theirs>(join(import.meta.dirname, 'peer.py'), [
      panel,
      `${settings.xgboostThreads}`,
      horizon,
      `${count}`,
      `${stepPeriods}`,
      frequency,
      JSON.stringify(statics),
      `${intervals}`,
    ])
  const point = await run(false)
  show('ours (mean, quantiles)', mean)
  show('mlforecast (mean)', point)
  const simple = EVALUATED.filter((name) => name !== 'mean' && name !== 'median')
  const wapes = simple.map((name) => `${name} ${ours.forecasts[name].wape!.toFixed(4)}`)
  console.log(`  WAPE: ${wapes.join(', ')}`)
  console.log(`  WAPE: ours / mlforecast ${(mean.wape! / point.wape).toFixed(3)}`)
  const peers = [point]
  if (withIntervals) {
    const interval = await run(true)
    show('mlforecast (mean, 80 % interval)', interval)
    peers.push(interval)
  }
  for (const [index, theirs] of peers.entries()) {
    const ratios = (['seconds', 'cpuSeconds'] as const).map((which) => (mean[which] / theirs[which]).toFixed(2))
    console.log(
      `  ours / mlforecast ${index === 0 ? 'without' : 'with'} intervals: time ${ratios[0]}, CPU time ${ratios[1]}`,
    )
  }
  return { ours: { wape: mean.wape!, actual: point.actual }, theirs: point }
}

/** @returns the seconds of all threads since */
function cpuClock(): () => number {
  const started = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(started)
    return (user + system) / 1e6
  }
}

/** The periods of every series from its first sale on, with zeros, as mlforecast requires them, and which of them are measured: those with sales anywhere. */
async function writePanel(
  connection: DuckDBConnection,
  { daily, products, covariates }: FileSales,
  frequency: Frequency,
  last: string,
): Promise<string> {
  const file = join(home, 'panel.parquet')
  const known = covariates?.known ?? []
  const names = known.map((name) => `, last_value("${name}" ignore nulls) over past as "${name}"`)
  await connection.run(`copy (
    with sale as (select store_id, product_id, date, sum(units)::double as y from ${daily} where date <= ${literal(last)} group by all),
    span as (
      select store_id, product_id, unnest(generate_series(min(date)::timestamp, (select max(date)::timestamp from sale), interval 1 ${frequency}))::date as date
      from sale where y > 0 group by store_id, product_id
    )
    select store_id || '/' || product_id as unique_id, date::timestamp as ds, coalesce(y, 0) as y, store_id, product_id,
      coalesce(category, '') as category, coalesce(department, '') as department,
      date in (select date from ${daily} where lines > 0) as measured ${names.join('')}
    from span
    left join sale using (store_id, product_id, date)
    left join ${covariates?.relation ?? '(select null as store_id, null as product_id, null as date where false)'} using (store_id, product_id, date)
    left join ${products} as product using (product_id)
    window past as (partition by store_id, product_id order by date)
    order by unique_id, ds
  ) to ${literal(file)} (format parquet)`)
  return file
}

function show(
  name: string,
  {
    wape,
    bias,
    seconds,
    cpuSeconds,
    rows,
    peakMegabytes,
    coverage_80: covers,
  }: {
    wape: number | undefined
    bias: number | undefined
    seconds: number
    cpuSeconds: number
    rows: number
    peakMegabytes: number
    coverage_80?: number | undefined
  },
): void {
  const figures = [
    `WAPE ${wape!.toFixed(4)}`,
    `bias ${bias!.toFixed(4)}`,
    ...(covers === undefined ? [] : [`80 % interval covers ${covers.toFixed(3)}`]),
    `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`,
    `${rows.toLocaleString('en-GB')} forecasts`,
    `at most ${peakMegabytes.toFixed(0)} MB`,
  ]
  console.log(`  ${name.padEnd(34)} ${figures.join('  ')}`)
}
