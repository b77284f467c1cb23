import { existsSync } from 'node:fs'
import type { Client } from '@temporalio/client'
import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { BATCH_TASK_QUEUE } from '../platform/temporal/temporal.ts'
import { evaluateRiskAsOf } from '../services/live-state/risk.ts'
import { composeNotifications } from '../services/notifications/messages.ts'
import { prepareNamespace, requireWorker } from '../services/temporal.ts'
import { datasets } from '../sources/datasets.ts'
import { type Outcome, outcomeOf, withoutActions } from '../sources/simulation/comparison.ts'
import type { Faults, WorldOptions } from '../sources/simulation/options.ts'
import { type Pattern, type PatternName, patternNames, readPattern } from '../sources/simulation/pattern.ts'
import type { PurchasingSummary } from '../sources/simulation/purchasing.ts'
import type { Quality, Score } from '../sources/simulation/score.ts'
import {
  checkOptions,
  type Midnight,
  type SimulationResult,
  type SimulationSpeed,
  simulate,
} from '../sources/simulation/simulate.ts'
import { DAY_MS, dayOf } from '../sources/simulation/time.ts'
import { parseChoice, parseCount, parseDate } from './arguments.ts'
import { withTemporal } from './connections.ts'
import { formatDuration, percent, print, printJson, printTable, startProgress, UsageError } from './output.ts'
import { asUsage, untilInterrupted } from './replay.ts'

/** Flag → what is asked for, in the words of the help. */
const faultFlags = {
  sensorLies: ['--sensor-lies', 'Of a pickup or putback: the sensor misses it, or counts one too many'],
  sensorSilent: ['--sensor-silent', 'Of an aisle on a day: its sensors send nothing for hours'],
  tillOffline: ['--till-offline', 'Of a till on a day: its sales arrive hours late'],
  duplicates: ['--duplicates', 'Of an event: it is sent twice'],
  theft: ['--theft', 'Of a visitor: they leave without paying'],
  misplaced: ['--misplaced', 'Of a putback: it ends on another shelf'],
  labelLag: ['--label-lag', 'Of a price change: the till uses the old price for hours'],
  unpaid: ['--unpaid', 'Of a sale by card: the bank declines, and the goods leave all the same'],
  falseRefunds: ['--false-refunds', 'Of a store on a day: a cashier pays back for goods that no one brought back'],
} as const satisfies Record<keyof Faults, readonly [string, string]>

type Flags = Partial<Record<keyof Faults, string>> & {
  stores: string
  days: string
  products: string
  visits: string
  speed: string
  seed: string
  pattern: string
  tick: string
  from?: string
  online: string
  checkMidnight?: boolean
  orders?: boolean
  withoutActions?: boolean
  json?: boolean
}

export function register(program: Command): void {
  const command = program
    .command('simulate')
    .description('Run simulated supermarkets against this instance: its decisions change what their customers find')
    .option('--stores <count>', 'Number of stores', '5')
    .option('--days <count>', 'Number of days', '7')
    .option('--from <date>', 'First day; default: so that the run ends today')
    .option('--speed <speed>', 'max, or a multiple of real time such as 60 or 1', 'max')
    .option('--seed <number>', 'Seed: the same one gives the same world', '1')
    .option('--products <count>', 'Products in every store', '150')
    .option('--visits <count>', 'Visits to a store on an average day', '250')
    .option(
      '--pattern <name>',
      `Data that demand, baskets and prices are fitted to: ${patternNames.join(', ')}`,
      'complete-journey',
    )
    .option('--tick <minutes>', 'Minutes between two decisions, at speed max', '15')
    .option(
      '--check-midnight',
      'Compare every shelf with the truth at midnight; default: on without faults at speed max',
    )
    .option('--no-check-midnight', 'Do not compare at midnight')
    .option(
      '--orders',
      'Replenish warehouses by purchase orders that simulated buyers approve, edit and deny; requires a batch worker',
    )
    .option('--online <share>', 'Orders in the web shop of a store, as a share of its visits', '0.02')
    .option('--without-actions', 'Run only the baseline, with staff who follow a simple rule; requires no servers')
    .option('--json', 'Print the result as JSON')
  for (const [flag, meaning] of Object.values(faultFlags)) command.option(`${flag} <probability>`, meaning)
  command
    .addHelpText(
      'after',
      `
Examples:
  shelfline simulate --stores 5 --days 7 --speed max --seed 1
  shelfline simulate --stores 2 --days 1 --speed 60
  shelfline simulate --stores 2 --days 7 --orders
  shelfline simulate --stores 3 --days 7 --seed 2 --theft 0.02 --sensor-silent 0.05 --sensor-lies 0.01`,
    )
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const world = parseWorld(flags)
  const speed = parseSpeed(flags.speed)
  const tickMinutes = parseCount('--tick', flags.tick, 1, 1440)
  await asUsage(async () => checkOptions({ world, tickMinutes }))
  const settings = loadSettings()
  const pattern = await asUsage(() => fetchPattern(settings, world.pattern))
  if (flags.withoutActions) return printPlain(world, pattern, flags.json ?? false)
  const progress = startProgress(`simulate ${world.stores} × ${world.days} d`, world.days * 1440)
  const interrupted = untilInterrupted()
  let result: SimulationResult
  try {
    result = await asUsage(() =>
      withOrders(settings, world, (temporal) =>
        simulate({
          world,
          pattern,
          speed,
          tickMinutes,
          checkMidnight: flags.checkMidnight,
          // Beside the minute jobs, what the batch worker evaluates every minute.
          evaluate: evaluateRiskAsOf,
          // The schedule `notify` sends the messages; it looks once a real minute, in which simulated days may pass.
          notify: async (pool, asOf) => {
            await composeNotifications(pool, asOf)
          },
          temporal,
          settings,
          logger: createLogger({ logLevel: 'silent' }, 'simulate'),
          signal: interrupted.signal,
          onProgress: ({ doneMinutes, nowMs, messages }) =>
            progress.update(doneMinutes, `${clockText(nowMs)}, ${messages.toLocaleString('en-GB')} events`),
        }),
      ),
    )
  } catch (error) {
    progress.stop('failed')
    throw error
  } finally {
    interrupted.release()
  }
  if (result.completed) progress.finish()
  else progress.stop('stopped')
  process.exitCode = exitCode(result)
  if (flags.json) return printJson(result)
  printResult(result)
}

/** A world with orders needs Temporal, and a batch worker that plans them. */
async function withOrders<Result>(
  settings: Settings,
  { orders }: WorldOptions,
  work: (temporal?: Client) => Promise<Result>,
): Promise<Result> {
  if (!orders) return work()
  return withTemporal(settings, async (client) => {
    await requireWorker(client, BATCH_TASK_QUEUE)
    await prepareNamespace(client)
    return work(client)
  })
}

const EXIT_INTERRUPTED = 130

function exitCode({ completed, midnights }: SimulationResult): number {
  if (!completed) return EXIT_INTERRUPTED
  return midnights.some(({ differences }) => differences > 0) ? 1 : 0
}

// The options.

const PRODUCTS_MAX = 500

function parseWorld(flags: Flags): WorldOptions {
  const days = parseCount('--days', flags.days, 1, 3_650)
  const faults = Object.fromEntries(
    Object.entries(faultFlags).map(([name, [flag]]) => [
      name,
      parseProbability(flag, flags[name as keyof Faults] ?? '0'),
    ]),
  ) as unknown as Faults
  const online = parseProbability('--online', flags.online)
  return {
    stores: parseCount('--stores', flags.stores, 1, 10_000),
    products: parseCount('--products', flags.products, 3, PRODUCTS_MAX),
    visitsPerDay: parseCount('--visits', flags.visits, 1, 100_000),
    days,
    from: flags.from === undefined ? dayOf(Date.now() - days * DAY_MS) : parseDate('--from', flags.from),
    seed: parseCount('--seed', flags.seed, 0),
    pattern: parseChoice('--pattern', flags.pattern, patternNames),
    faults,
    ...(flags.orders && { orders: true }),
    ...(online > 0 && { online }),
  }
}

function parseProbability(flag: string, value: string): number {
  const probability = Number(value)
  if (value.trim() === '' || !(probability >= 0 && probability <= 1)) {
    throw new UsageError(`${flag} ${value} is not a probability from 0 to 1`)
  }
  return probability
}

function parseSpeed(value: string): SimulationSpeed {
  if (value === 'max') return 'max'
  const speed = Number(value)
  if (!(speed >= 1 && speed <= 100_000)) {
    throw new UsageError(`--speed ${value} is neither max nor a multiple of real time from 1 to 100000`)
  }
  return speed
}

/** Complete Journey is taken from the package that publishes it, once. */
async function fetchPattern(settings: Settings, name: PatternName): Promise<Pattern> {
  if (name === 'complete-journey' && !existsSync(datasets[name].defaultPath!)) {
    const { prepareCompleteJourney } = await import('../scripts/stack/complete-journey.ts')
    process.stderr.write(
      'simulate: downloading Complete Journey once (32 MB); --pattern online-retail requires no download\n',
    )
    await prepareCompleteJourney((step) => process.stderr.write(`simulate: ${step}\n`))
  }
  return readPattern(settings, name)
}

// The result.

const clockText = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

function printPlain(world: WorldOptions, pattern: Pattern, isJson: boolean): void {
  const outcome = outcomeOf(withoutActions(world, pattern).truth.totals)
  if (isJson) {
    printJson({ withoutShelfline: outcome })
    return
  }
  printTable(['', 'without Shelfline'], outcomeRows([outcome]))
  print('without Shelfline staff fill the shelves every night and order for a week, once a week')
}

function printResult(result: SimulationResult): void {
  const { run, from, until, messages, milliseconds } = result
  print(
    `${run}: ${from} to ${until.slice(0, 16).replace('T', ' ')}, ${messages.toLocaleString('en-GB')} events in ${formatDuration(milliseconds)}`,
  )
  print()
  printTable(['', 'with Shelfline', 'without'], outcomeRows([result.withShelfline, result.withoutShelfline]))
  print(
    'without Shelfline the same customers come, and staff fill the shelves every night and order for a week, once a week',
  )
  print()
  printTable(['decision', 'times received'], Object.entries(result.decisions))
  if (result.purchasing !== null) printPurchasing(result.purchasing)
  if (result.midnights.length > 0) printMidnights(result.midnights)
  if (result.overlapsUntil !== null) {
    print(
      `this instance had read events up to ${result.overlapsUntil} before: sales windows never move back, so phantom stock and stock-out risk may be missing or late; run \`shelfline stack reset\` first to avoid it`,
    )
  }
  if (result.scores !== null) printScores(result.scores)
  for (const { job, times, error } of result.jobFailures)
    print(`job ${job} failed ${times} times; the last error: ${error}`)
  if (result.deadLetters > 0)
    print(`${result.deadLetters} messages became dead letters; \`shelfline dlq list\` shows them`)
  print(`the truth is in ${result.truth}`)
  if (!result.completed)
    print('stopped before the end; the events that were sent stay, and the clock is the real one again')
  // The instant that was reached belongs to no day yet.
  const lastDay = dayOf(Date.parse(until) - 1)
  if (lastDay >= from)
    print(
      `reports do not have these days yet: \`shelfline backfill run --assets all --from ${from} --to ${lastDay}\` builds them`,
    )
}

const pounds = (cents: number): string => (cents / 100).toLocaleString('en-GB', { style: 'currency', currency: 'GBP' })

const outcomeRows = (outcomes: readonly Outcome[]): (string | number)[][] => [
  ['units of demand', ...outcomes.map(({ demandedUnits }) => demandedUnits)],
  ['units sold, including markdowns', ...outcomes.map(({ soldUnits }) => soldUnits)],
  ['revenue', ...outcomes.map(({ revenueCents }) => pounds(revenueCents))],
  ['lost sales, units', ...outcomes.map(({ lostUnits }) => lostUnits)],
  ['lost sales', ...outcomes.map(({ lostCents }) => pounds(lostCents))],
  ['waste, units', ...outcomes.map(({ wastedUnits }) => wastedUnits)],
  ['waste, at list prices', ...outcomes.map(({ wastedCents }) => pounds(wastedCents))],
  ['mean fill ratio', ...outcomes.map(({ meanFillRatio }) => percent(meanFillRatio))],
  ['shelves with nothing to sell', ...outcomes.map(({ emptyShare }) => percent(emptyShare))],
]

function printPurchasing(purchasing: PurchasingSummary): void {
  const { orders, automatic, byStep, byStatus, lateDeliveries, shortLines, damagedLines, refusals } = purchasing
  print()
  printTable(
    ['orders', 'number'],
    [
      ['proposed', orders],
      ['approved automatically', automatic],
      ['submitted for approval', byStep.submit],
      ['edited', byStep.edit],
      ['denied', byStep.deny],
      ['sent', byStep.send],
      ['cancelled, in part or whole', byStep.give_up],
      ['with a disputed invoice', byStep.dispute],
      ...Object.entries(byStatus).map(([status, number]) => [`ended as ${status.replace('_', ' ')}`, number]),
      ['late deliveries', lateDeliveries],
      ['lines delivered short', shortLines],
      ['lines with damaged units', damagedLines],
    ].map(([what, number]) => [what, number ?? 0]),
  )
  for (const refusal of new Set(refusals)) print(`refused: ${refusal}`)
}

function printMidnights(midnights: readonly Midnight[]): void {
  const wrong = midnights.filter(({ differences }) => differences > 0)
  const shelves = midnights.reduce((sum, midnight) => sum + midnight.shelves, 0)
  if (wrong.length === 0) {
    print(
      `every shelf agreed with the truth at ${midnights.length} midnights (${shelves.toLocaleString('en-GB')} compared)`,
    )
    return
  }
  for (const { date, differences, examples } of wrong) {
    print(`${date}: ${differences} shelves differ from the truth`)
    for (const { storeId, productId, units, believed } of examples) {
      print(`  ${storeId} ${productId}: truth ${units}, state.shelf_live ${believed}`)
    }
  }
}

function printScores(scores: readonly Score[]): void {
  const cells = ({ found, recall, precision, f1 }: Quality) => [found, percent(recall), percent(precision), percent(f1)]
  print()
  printTable(
    ['shelves × days', 'wrong', 'alerts', 'recall', 'precision', 'F1', 'no sale for 4 h', 'recall', 'precision', 'F1'],
    scores.map(({ detector, wrong, alerts, quietRule }) => [detector, wrong, ...cells(alerts), ...cells(quietRule)]),
  )
  const shelves = scores.flatMap(({ detector, quietRule, ranking }) =>
    ranking === null
      ? []
      : [
          [`${detector}: no sale for 4 h`, ...cells(quietRule)],
          ['lowest p_available first, as many alarms', ...cells(ranking.atItsAlarms)],
          ['lowest p_available first, until the same recall', ...cells(ranking.atItsRecall)],
        ],
  )
  print()
  printTable(['at equal effort', 'alarms', 'recall', 'precision', 'F1'], shelves)
}
