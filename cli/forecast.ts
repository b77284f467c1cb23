import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import type { DuckDBConnection } from '../platform/duckdb/duckdb.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  EVALUATED,
  type EvaluatedForecast,
  type Evaluation,
  evaluateForecast,
  FORECAST_FILE_ENDINGS,
  type ForecastWork,
  FREQUENCIES,
  type Frequency,
  forecastAhead,
  HORIZON_MAX,
  PERIOD_DAYS,
  planSeason,
  readSeasonPlan,
  withFileForecast,
  writeForecasts,
} from '../services/forecasting/file-forecasts.ts'
import { type FileSales, readSalesFile } from '../sources/series-file.ts'
import { readSeriesMap, type SeriesMap } from '../sources/series-map.ts'
import { parseChoice, parseCount } from './arguments.ts'
import {
  formatBytes,
  formatDuration,
  percent,
  print,
  printJson,
  printTable,
  startProgress,
  UsageError,
} from './output.ts'
import { asUsage, untilInterrupted } from './replay.ts'

interface SharedFlags {
  map: string
  freq: string
  horizon: string
  seed: string
  json?: boolean
}

interface RunFlags extends SharedFlags {
  out: string
  why?: boolean
}

interface EvaluateFlags extends SharedFlags {
  windows: string
  step?: string
  excludeCensored?: boolean
}

export function register(program: Command): void {
  const forecast = program
    .command('forecast')
    .description('Forecast demand from any CSV, JSON lines or Parquet file; requires no server')
  shared(forecast.command('evaluate'))
    .description(
      'Forecast days that are in the file, from several origins, and compare the errors with those of simple forecasts',
    )
    .option('--windows <count>', 'Origins to forecast from, at most 100', '4')
    .option('--step <periods>', 'Periods from one origin to the next; default: the horizon')
    .option('--exclude-censored', 'Skip days on which the product was out of stock for part of the day')
    .option('--json', 'Print the figures as JSON')
    .addHelpText(
      'after',
      `
Example:
  shelfline forecast evaluate data/examples/forecasts/sales.csv --map data/examples/forecasts/sales.yaml --horizon 7 --windows 4`,
    )
    .action(evaluate)
  shared(forecast.command('run'))
    .description('Forecast the days after the last day in the file')
    .requiredOption('--out <file>', 'File to write: .csv, .jsonl or .parquet')
    .option(
      '--why',
      'Add columns with the parts that add up to each mean: level, season, calendar, recent sales, price and what the map names',
    )
    .option('--json', 'Print what was written as JSON')
    .addHelpText(
      'after',
      `
Example:
  shelfline forecast run data/examples/forecasts/sales.csv --map data/examples/forecasts/sales.yaml --horizon 14 --out forecast.csv`,
    )
    .action(run)
  forecast
    .command('plan')
    .argument('<file>')
    .description(
      'Plan the weeks ahead for each store and category: units with an 80 % interval, compared with the same weeks of last year',
    )
    .requiredOption('--map <map>', 'YAML file that maps columns to fields, category among them (docs/forecasts.md)')
    .option('--weeks <count>', `Weeks ahead, at most ${HORIZON_MAX.week}`, '8')
    .option('--seed <number>', 'Seed of everything random', '1')
    .option('--json', 'Print the plan as JSON')
    .addHelpText(
      'after',
      `
Example:
  shelfline forecast plan data/examples/forecasts/sales.csv --map data/examples/forecasts/season.yaml --weeks 8`,
    )
    .action(plan)
}

const shared = (command: Command): Command =>
  command
    .argument('<file>')
    .requiredOption('--map <map>', 'YAML file that maps columns to fields (docs/forecasts.md)')
    .option('--freq <frequency>', 'day, or week (sums from Monday to Sunday)', 'day')
    .option('--horizon <periods>', 'Days or weeks ahead: at most 182 days or 52 weeks', '7')
    .option('--seed <number>', 'Seed of everything random', '1')

async function evaluate(file: string, flags: EvaluateFlags): Promise<void> {
  const windows = parseCount('--windows', flags.windows, 1, 100)
  const step = parseCount('--step', flags.step ?? flags.horizon, 1, 365)
  await offline(file, flags, async (work, reading) => {
    const evaluation = await evaluateForecast({
      ...work,
      windows,
      step,
      excludeCensored: flags.excludeCensored ?? false,
    })
    const seconds = { reading: reading.seconds, ...evaluation.seconds }
    const found = { file, notes: reading.sales.notes, ...evaluation, seconds }
    return () => (flags.json ? printJson(found) : printEvaluation(found, work.frequency))
  })
}

async function run(file: string, flags: RunFlags): Promise<void> {
  const ending = extname(flags.out).toLowerCase()
  if (!FORECAST_FILE_ENDINGS.includes(ending)) {
    throw new UsageError(`--out ${flags.out} ends with none of ${FORECAST_FILE_ENDINGS.join(', ')}`)
  }
  await offline(file, flags, async (work, { sales, map }) => {
    const found = await forecastAhead({ ...work, isExplained: flags.why ?? false })
    const stores = map.series.slice(0, -1)
    const columns = {
      store: stores.length === 0 ? undefined : stores.join('/'),
      product: map.series.at(-1)!,
      date: map.date.column,
    }
    await writeForecasts(work.connection, columns, flags.out, ending)
    return () => {
      if (flags.json) return printJson({ file, notes: sales.notes, ...found, out: flags.out })
      for (const note of sales.notes) print(note)
      print(`${found.rows.toLocaleString('en-GB')} forecasts from ${found.from} to ${found.through}: ${flags.out}`)
    }
  })
}

interface PlanFlags extends Pick<SharedFlags, 'map' | 'seed' | 'json'> {
  weeks: string
}

async function plan(file: string, { weeks, ...flags }: PlanFlags): Promise<void> {
  await offline(file, { ...flags, freq: 'week', horizon: weeks }, async (work, { sales }) => {
    const { from, through } = await planSeason(work)
    const planned = await readSeasonPlan(work.connection)
    return () => {
      if (flags.json) return printJson({ file, notes: sales.notes, from, through, weeks: planned })
      for (const note of sales.notes) print(note)
      printTable(
        ['store', 'category', 'week', 'units', '80 % interval', 'last year', 'change'],
        planned.map((week) => [
          week.store,
          week.category,
          week.week,
          week.mean.toFixed(1),
          `${week.low.toFixed(1)} to ${week.high.toFixed(1)}`,
          week.lastYear === null ? '–' : week.lastYear.toFixed(1),
          percent(week.lastYear ? week.mean / week.lastYear - 1 : undefined),
        ]),
      )
    }
  })
}

interface Reading {
  sales: FileSales
  map: SeriesMap
  seconds: number
}

/** @param work returns what prints its result, which is called when the progress is done */
async function offline(
  file: string,
  flags: SharedFlags,
  work: (work: ForecastWork, reading: Reading) => Promise<() => void>,
): Promise<void> {
  const frequency = parseChoice('--freq', flags.freq, FREQUENCIES)
  const asked = {
    frequency,
    horizon: parseCount('--horizon', flags.horizon, 1, HORIZON_MAX[frequency]),
    seed: parseCount('--seed', flags.seed, 0),
  }
  const progress = startProgress(`forecast ${basename(file)}`, 100)
  const interrupted = untilInterrupted()
  try {
    const show = await asUsage(() => {
      const map = readSeriesMap(flags.map)
      const request = {
        ...asked,
        settings: loadSettings(),
        signal: interrupted.signal,
        onStep: (step: string, done: number) => progress.update(Math.floor(done * 100), step),
        readSales: (connection: DuckDBConnection) => readSalesFile(connection, file, map, PERIOD_DAYS[asked.frequency]),
      }
      return withFileForecast(request, (opened, seconds) => work(opened, { sales: opened.sales, map, seconds }))
    })
    progress.finish()
    show()
  } catch (error) {
    progress.stop('failed')
    throw error
  } finally {
    interrupted.release()
  }
}

const TITLES: Record<EvaluatedForecast, string> = {
  mean: 'shelfline (mean)',
  median: 'shelfline (median)',
  seasonal_naive: 'seasonal naive',
  seasonal_naive_year: 'seasonal naive, year',
  moving_average_7: 'moving average, 7 days',
  moving_average_28: 'moving average, 28 days',
}

type Shown = Omit<Evaluation, 'seconds'> & { notes: string[]; seconds: Record<string, number> }

function printEvaluation(
  { notes, series, days, windows, forecasts, parts, seconds, peakMegabytes }: Shown,
  frequency: Frequency,
): void {
  for (const note of notes) print(note)
  const [first, last] = [windows[0]!, windows.at(-1)!]
  print(
    `${series.toLocaleString('en-GB')} series from ${days.from} to ${days.through}; forecast by ${frequency} from ` +
      `${windows.length} origins: ${first.from} to ${last.through}; ${forecasts.mean.rows.toLocaleString('en-GB')} forecasts measured`,
  )
  printTable(
    ['forecast', 'WAPE', 'MASE', 'bias', 'pinball', '80 % interval covers'],
    EVALUATED.map((name) => {
      const { wape, mase, bias, pinball, coverage_80: covered } = forecasts[name]
      return [TITLES[name], fixed(wape), fixed(mase), percent(bias), fixed(pinball), percent(covered)]
    }),
  )
  print('')
  printTable(
    ['days ahead', 'demand', 'forecasts', 'WAPE', 'of the median', 'bias', '80 % interval covers'],
    parts.map((part) => [
      part.horizon,
      part.demandClass,
      part.rows.toLocaleString('en-GB'),
      fixed(part.wape),
      fixed(part.medianWape),
      percent(part.bias),
      percent(part.coverage_80),
    ]),
  )
  const took = Object.entries(seconds).map(([what, value]) => `${what} ${formatDuration(value * 1_000)}`)
  print(`${took.join(', ')}; memory at most ${formatBytes(peakMegabytes * 2 ** 20)}`)
}

const fixed = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(4))
