/**
 * The peer: lags, rolling means and rolling deviations of many series by Python's mlforecast and by what features/demand is
 * made of, from rows in memory to columns of features in memory, in one run; and how far the numbers are apart. Then the
 * whole of features/demand for one morning of as many series. Needs Python 3 with pip (fetches mlforecast once); no instance.
 * `node bench/features/compare.ts [series = 30000] [days = 400] [runs = 5]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDemandFeatures } from '../../activities/assets/features/series.ts'
import { onlyRow } from '../../activities/assets/framework/work.ts'
import { lagged, rollingMoments, rollingSums } from '../../models/statistics/rolling.ts'
import { createLocalDuckDb, type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { appendNumbers, readNumbers } from '../../platform/duckdb/vectors.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { machine, median, report, seconds } from '../measure.ts'
import { installPython } from '../python-peer.ts'

const PACKAGES = ['mlforecast==1.1.0', 'numpy==2.3.4', 'pandas==2.3.3', 'pyarrow==22.0.0']
const LAGS = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28]
const WINDOWS = [7, 14, 28, 90]
/** The numbers of one series in this many are compared. */
const COMPARED_EVERY = 50
const DAYS_BEFORE = Math.max(...WINDOWS)

const [series = 30_000, days = 400, runs = 5] = process.argv.slice(2).map(Number)
const rows = series * days

console.log(machine())
console.log(
  `${series.toLocaleString('en-GB')} series × ${days} days, ${LAGS.length + 2 * WINDOWS.length} lags and rolls`,
)
const folder = mkdtempSync(join(tmpdir(), 'shelfline-features-'))
const settings = { ...loadSettings(), home: folder, duckdbMemoryLimitMegabytes: 4_000 }
const duckdb = await createLocalDuckDb(settings)
try {
  await withConnection(duckdb, compare)
} finally {
  duckdb.closeSync()
  rmSync(folder, { recursive: true })
}

async function compare(connection: DuckDBConnection): Promise<void> {
  const [sales, sample] = [join(folder, 'sales.parquet'), join(folder, 'sample.parquet')]
  await connection.run(`create table sale as
    select series_no::integer as series_no, day::integer as day,
      if(hash(series_no, day) % 10 < 4 and day > 0, 0, hash(day, series_no) % 200 / 4)::double as units
    from range(${series}) s (series_no), range(${days}) d (day)
    order by series_no, day`)
  await connection.run(`copy sale to ${literal(sales)} (format parquet)`)

  const ours: number[] = []
  let columns: Record<string, Float32Array> = {}
  for (let run = 0; run < runs; run += 1) ours.push(await seconds(async () => (columns = await make(connection))))

  const peer = await installPython('mlforecast', PACKAGES)
  const values = [sales, `${settings.duckdbThreads}`, `${runs}`, JSON.stringify(LAGS), JSON.stringify(WINDOWS)]
  const script = join(import.meta.dirname, 'peer.py')
  const theirs = (await peer.run<{ seconds: number[] }>(script, [...values, sample, `${COMPARED_EVERY}`])).seconds

  report(
    'ours',
    'rows/s',
    ours.map((value) => rows / value),
  )
  report(
    'mlforecast',
    'rows/s',
    theirs.map((value) => rows / value),
  )
  report('rows/s, ours / mlforecast', '', [median(theirs) / median(ours)])
  await compareNumbers(connection, columns, sample)
  await wholeMorning(connection)
}

/** What `features-series.ts` does for features/demand, with fewer features: places for days, then functions over them. */
async function make(connection: DuckDBConnection): Promise<Record<string, Float32Array>> {
  const units = new Float64Array(rows)
  await readNumbers(connection, 'select series_no, day, units from sale', ([number, day, sold], count) => {
    for (let row = 0; row < count; row += 1) units[number![row]! * days + day![row]!] = sold![row]!
  })
  const columns: Record<string, Float32Array> = {}
  const column = (name: string) => (columns[name] = new Float32Array(rows))
  const lags = LAGS.map((lag) => ({ lag, into: column(`lag_${lag}`) }))
  const vector = () => new Float64Array(days)
  const windows = WINDOWS.map((window) => ({
    window,
    sums: vector(),
    squareSums: vector(),
    // A mean is of whole windows, as mlforecast's.
    counts: Float64Array.from({ length: days }, (_, day) => (day + 1 < window ? 0 : window)),
    mean: column(`mean_${window}`),
    deviation: column(`std_${window}`),
  }))
  const origins = Int32Array.from({ length: days }, (_, day) => day)
  const squares = vector()
  for (let first = 0; first < rows; first += days) {
    const own = units.subarray(first, first + days)
    for (let day = 0; day < days; day += 1) squares[day] = own[day]! * own[day]!
    for (const { lag, into } of lags) lagged(own, lag - 1, origins, into, first)
    for (const each of windows) {
      rollingSums(own, each.window, 0, each.sums)
      rollingSums(squares, each.window, 0, each.squareSums)
      rollingMoments(each, origins, each, first)
    }
  }
  return columns
}

/** mlforecast's features of a day are those of our origin on the day before. */
async function compareNumbers(connection: DuckDBConnection, columns: Record<string, Float32Array>, sample: string) {
  const names = Object.keys(columns)
  await connection.run(
    `create table own (series_no integer, day integer, ${names.map((name) => `${name} float`).join(', ')})`,
  )
  for (let number = 0; number < series; number += COMPARED_EVERY) {
    const keys = [new Int32Array(days).fill(number), Int32Array.from({ length: days }, (_, day) => day + 1)]
    const range = [number * days, (number + 1) * days] as const
    await appendNumbers(connection, 'own', [...keys, ...names.map((name) => columns[name]!.subarray(...range))], days)
  }
  const over = (window: number) => `over (series rows ${window - 1} preceding)`
  await connection.run(`create table exact as
    select series_no, day + 1 as day, ${[
      ...LAGS.map((lag) => `lag(units, ${lag - 1}) over series as lag_${lag}`),
      ...WINDOWS.map((window) => `avg(units) ${over(window)} as mean_${window}`),
      ...WINDOWS.map((window) => `stddev_samp(units) ${over(window)} as std_${window}`),
    ].join(', ')}
    from sale where series_no % ${COMPARED_EVERY} = 0 window series as (partition by series_no order by day)`)
  const peer = `read_parquet(${literal(sample)})`
  console.log(`one of ${COMPARED_EVERY} series compared; numbers apart, relative to those above 1, at most:`)
  for (const [what, left, right] of [
    ['ours and mlforecast', 'own', peer],
    ["ours and DuckDB's windows in double precision", 'own', 'exact'],
    ["mlforecast and DuckDB's windows", peer, 'exact'],
  ] as const) {
    const apart = names.map((name) => `max(abs(one.${name} - other.${name}) / greatest(1, abs(other.${name})))`)
    const found = await onlyRow(
      connection,
      `select greatest(${apart.join(', ')}) as apart, count(*) as compared
       from ${left} as one join ${right} as other using (series_no, day) where day > ${DAYS_BEFORE}`,
    )
    console.log(`  ${what.padEnd(50)} ${Number(found.apart).toExponential(1)} (${found.compared} rows)`)
  }
}

/** All of features/demand for the last day, as the morning's run makes it from the sums of 90 days. */
async function wholeMorning(connection: DuckDBConnection): Promise<void> {
  await connection.run(`create table daily as
    select 'store ' || series_no // 300 as store_id, 'product ' || series_no % 300 as product_id,
      date '2024-01-01' + day as date, date '2024-01-01' + day as known_for, units::decimal(24, 6) as units,
      0::decimal(24, 6) as returned_units, (units * 2)::decimal(24, 6) as net_amount, 0::decimal(24, 6) as discount_amount,
      0::decimal(24, 6) as promoted_units, 1 as lines
    from sale where units > 0 and day >= ${days - DAYS_BEFORE}`)
  const products =
    "(select 'product ' || i as product_id, 'c' || i % 20 as category, 'd' || i % 4 as department from range(300) t (i))"
  const origin = new Date(Date.UTC(2024, 0, days)).toISOString().slice(0, 10)
  const mornings: number[] = []
  for (let run = 0; run < runs; run += 1) {
    mornings.push(await seconds(() => makeDemandFeatures(connection, { origins: [origin], daily: 'daily', products })))
  }
  const { made } = await onlyRow(connection, 'select count(*) as made from features')
  report(`features/demand of one morning, ${made} series`, 's', mornings)
}
