import type { Command } from 'commander'
import { addDays } from '../contracts/calendar.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  type BacktestCounts,
  type BacktestPolicy,
  type BacktestRequest,
  backtestOrders,
  type Interval,
  type PolicyReport,
  type SegmentReport,
} from '../services/replenishment/backtest.ts'
import { parseChoice, parseCount, parseDateRange } from './arguments.ts'
import { withPool } from './connections.ts'
import { percent, print, printJson, printTable, startProgress, UsageError } from './output.ts'

interface Flags {
  from: string
  to: string
  policy: string
  stores?: string
  history: string
  orderingCost?: string
  holdingRate?: string
  leadTime: string
  margin: string
  shelfLife?: string
  minimumDays: string
  seed: string
  json?: boolean
}

const DAYS_MAX = 731

export function register(program: Command): void {
  const backtest = program.command('backtest').description('Try ordering policies on past days')
  backtest
    .command('orders')
    .description(
      'Replay past demand under ordering policies, and compare cost, fill rate, waste, stock-outs and orders',
    )
    .requiredOption('--from <date>', 'First measured day')
    .requiredOption('--to <date>', 'Last measured day')
    .requiredOption(
      '--policy <policies>',
      'Comma-separated: current, base_stock, r_s, s_s, moving_average; each with :name=value, see below',
    )
    .option('--stores <stores>', 'Comma-separated; default: all with sales')
    .option('--history <weeks>', 'Weeks before --from that forecasts start from', '8')
    .option('--ordering-cost <money>', 'Cost of an order line; default: that of the policies')
    .option(
      '--holding-rate <share>',
      'Cost of holding a unit for a year, as a share of its cost; default: that of the policies',
    )
    .option('--lead-time <days>', 'Days of lead time where no supplier has terms', '2')
    .option('--margin <share>', 'Margin, as a share of the price, where no supplier has terms', '0.3')
    .option('--shelf-life <days>', 'Days until goods expire where no supplier has terms; default: they do not expire')
    .option('--minimum-days <days>', 'Leave out products with fewer days with a sale', '20')
    .option('--seed <number>', 'Seed of late deliveries and of the intervals', '1')
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      `
Policies: current is the one that holds for each product. The others change it by:
  target=0.97  measure=cycle|fill|critical_ratio  review=3 (days)
moving_average, a textbook (s, S): factor=1.65 (standard deviations)  window=28 (days)  review=3

Example:
  shelfline backtest orders --from 2017-07-01 --to 2017-12-31 \\
    --policy moving_average:factor=1.65,s_s:measure=critical_ratio --ordering-cost 0.5`,
    )
    .action(orders)
}

async function orders(flags: Flags): Promise<void> {
  const { json } = flags
  const policies = parsePolicies(flags.policy)
  const request = parseRequest(flags)
  const seed = parseCount('--seed', flags.seed, 0, 0xffff_ffff)
  const storeIds = flags.stores?.split(',').filter((store) => store !== '')
  const bar = startProgress('backtest', 1)
  const { counts, segments } = await withPool(loadSettings(), (pool) =>
    backtestOrders(pool, { ...request, policies, storeIds, seed }, ({ done, total, series }) => {
      bar.setTotal(total)
      bar.update(done, `${series} series`)
    }),
  )
  bar.finish()
  const report = { from: request.from, to: request.to, assumptions: request.assumptions, ...counts }
  if (json) return printJson({ ...report, segments })
  printCounts(counts, request)
  for (const segment of segments) printSegment(segment)
  print(
    'Intervals contain 95 of 100 bootstrap draws of the series; the ratio is to the first policy, on the same draws.',
  )
}

const HISTORY_WEEKS_MAX = 104

function parseRequest({ history, leadTime, margin, shelfLife, minimumDays, ...flags }: Flags): BacktestRequest {
  const { from, to } = parseDateRange(flags.from, flags.to)
  const historyFrom = addDays(from, -7 * parseCount('--history', history, 2, HISTORY_WEEKS_MAX))
  if (addDays(from, DAYS_MAX - 1) < to) throw new UsageError(`--from ${from} --to ${to}: at most ${DAYS_MAX} days`)
  return {
    historyFrom,
    from,
    to,
    minimumSaleDays: parseCount('--minimum-days', minimumDays, 2, 2 * DAYS_MAX),
    costs: {
      ...(flags.orderingCost !== undefined && {
        orderingCost: parseNumber('--ordering-cost', flags.orderingCost, 0, 1e6),
      }),
      ...(flags.holdingRate !== undefined && {
        holdingRatePerYear: parseNumber('--holding-rate', flags.holdingRate, 0.001, 10),
      }),
    },
    assumptions: {
      leadTimeDays: parseCount('--lead-time', leadTime, 0, 90),
      margin: parseNumber('--margin', margin, 0.01, 0.95),
      ...(shelfLife !== undefined && { shelfLifeDays: parseCount('--shelf-life', shelfLife, 1, 3_650) }),
    },
  }
}

const POLICY_NAMES = ['current', 'base_stock', 'r_s', 's_s', 'moving_average'] as const
const MEASURES = ['cycle', 'fill', 'critical_ratio'] as const
const POLICIES_MAX = 8

/** `s_s:measure=fill:target=0.97,moving_average:factor=1.65` */
function parsePolicies(text: string): BacktestPolicy[] {
  const policies = text.split(',').map(parsePolicy)
  if (policies.length > POLICIES_MAX)
    throw new UsageError(`--policy: ${policies.length} policies, at most ${POLICIES_MAX}`)
  return policies
}

function parsePolicy(text: string): BacktestPolicy {
  const [kind, ...settings] = text.split(':')
  const name = parseChoice('--policy', kind!, POLICY_NAMES)
  const policy: BacktestPolicy = { name: text, changes: {} }
  if (name === 'moving_average') policy.movingAverage = { windowDays: 28, serviceFactor: 1.65 }
  else if (name !== 'current') policy.changes.method = name
  for (const setting of settings) applySetting(policy, setting)
  return policy
}

function applySetting(policy: BacktestPolicy, setting: string): void {
  const { changes, movingAverage } = policy
  const [name, value = ''] = setting.split('=')
  const flag = `--policy ${policy.name}: ${name}`
  if (name === 'review') changes.reviewDays = parseCount(flag, value, 1, 90)
  else if (movingAverage && name === 'factor') movingAverage.serviceFactor = parseNumber(flag, value, -5, 10)
  else if (movingAverage && name === 'window') movingAverage.windowDays = parseCount(flag, value, 2, DAYS_MAX)
  else if (!movingAverage && name === 'target') changes.serviceTarget = parseNumber(flag, value, 0.01, 0.9999)
  else if (!movingAverage && name === 'measure') changes.serviceMeasure = parseChoice(flag, value, MEASURES)
  else {
    const names = movingAverage ? 'review, factor, window' : 'review, target, measure'
    throw new UsageError(`--policy ${policy.name}: "${setting}" is unknown: use ${names}, each as name=value`)
  }
}

function parseNumber(flag: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (value !== '' && number >= least && number <= most) return number
  throw new UsageError(`${flag} ${value} is not a number from ${least} to ${most}`)
}

function printCounts(
  { stores, series, withTerms, censoredDays }: BacktestCounts,
  { assumptions, ...request }: BacktestRequest,
): void {
  const { margin, leadTimeDays, shelfLifeDays } = assumptions
  print(`${request.from} to ${request.to}: ${stores} stores, ${series.toLocaleString('en-GB')} store × product series`)
  if (withTerms < series) {
    print(
      `${(series - withTerms).toLocaleString('en-GB')} of them without a supplier's terms: margin ${margin}, lead time ${leadTimeDays} days, packs of 1, ${shelfLifeDays === undefined ? 'goods do not expire' : `goods expire after ${shelfLifeDays} days`}`,
    )
  }
  print(
    censoredDays > 0
      ? `${censoredDays.toLocaleString('en-GB')} days on which a product ran out: their demand is raised to its estimate`
      : 'no day is known on which a product ran out: demand is taken to be what was sold',
  )
}

function printSegment({ segment, series, policies }: SegmentReport): void {
  print(`\n${segment}: ${series.toLocaleString('en-GB')} series`)
  printTable(
    [
      'policy',
      'cost',
      '95 %',
      '/ first',
      '95 %',
      'fill rate',
      '95 %',
      'waste',
      'stock-out days',
      'orders',
      'lost',
      'holding',
      'wasted',
      'ordering',
    ],
    policies.map((each) => [
      each.policy,
      money(each.cost),
      range(each.costInterval, money),
      each.costRatio?.toFixed(3),
      range(each.costRatioInterval, (value) => value.toFixed(3)),
      precise(each.fillRate),
      range(each.fillRateInterval, precise),
      precise(each.wasteShare),
      share(each),
      Math.round(each.orders),
      money(each.lostMargin),
      money(each.holding),
      money(each.waste),
      money(each.ordering),
    ]),
  )
}

const money = (value: number): string => Math.round(value).toLocaleString('en-GB')
const precise = (value: number | null): string => percent(value, 2)
const share = ({ stockOutDays, days }: PolicyReport): string => precise(days > 0 ? stockOutDays / days : null)
const range = (interval: Interval | null, show: (value: number) => string): string =>
  interval === null ? '' : `${show(interval.low)} … ${show(interval.high)}`
