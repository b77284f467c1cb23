import type { Command } from 'commander'
import colors from 'picocolors'
import type { WorkReason } from '../../platform/ledger.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { BACKFILL_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type { BackfillRequest, PlannedBackfill } from '../../services/backfill/planning.ts'
import {
  applyPlan,
  type BackfillDependencies,
  type BackfillPlan,
  type BackfillRun,
  backfillEnd,
  CONCURRENCY_MAX,
  cancelBackfill,
  pauseBackfill,
  type RunOptions,
  readBackfill,
  readPlanCells,
  readPlans,
  requirePlan,
  resumeBackfill,
  setBackfillConcurrency,
  unbuiltText,
} from '../../services/backfill/plans.ts'
import { requireWorker } from '../../services/temporal.ts'
import { parseAssets, parseCount } from '../arguments.ts'
import { withLake, withPool, withTemporal } from '../connections.ts'
import { identify } from '../identity.ts'
import { type GridMark, printGrid } from '../ledger/grid.ts'
import { formatBytes, formatDuration, print, printJson, printTable, startProgress } from '../output.ts'
import { whileShowing } from '../waiting.ts'

interface PlanFlags {
  assets: string
  from: string
  to: string
  force?: boolean
  failedOnly?: boolean
  withoutDownstream?: boolean
  json?: boolean
}

interface RunFlags {
  concurrency?: string
  wait?: boolean
  json?: boolean
}

const DEFAULT_CONCURRENCY = 2
const FAILURES_SHOWN_MAX = 20

export function register(program: Command): void {
  const backfills = program.command('backfill').description('Build what is missing, failed or stale: plan, then apply')
  planOptions(backfills.command('plan'))
    .hook('preAction', identify)
    .description('Compare the ledger with the lake, and store the partitions that need work as a plan')
    .addHelpText('after', '\nExample:\n  shelfline backfill plan --assets all --from 2017-03-01 --to 2017-03-31')
    .action(plan)
  planOptions(concurrent(backfills.command('run')))
    .hook('preAction', identify)
    .description('Plan, apply and wait, in one command')
    .addHelpText('after', '\nExample:\n  shelfline backfill run --assets all --from 2017-03-01 --to 2017-03-31')
    .action(planAndRun)
  concurrent(ofPlan(backfills.command('apply')))
    .hook('preAction', identify)
    .description('Run a plan, unless the ledger has changed since it was made')
    .option('--wait', 'Show progress until the backfill ends')
    .addHelpText('after', '\nExample:\n  shelfline backfill apply 20240501-093042-3f9a --concurrency 4 --wait')
    .action(apply)
  ofPlan(backfills.command('status'))
    .description('Show the progress of a plan')
    .option('--watch', 'If it runs, show progress until it ends')
    .addHelpText('after', '\nExample:\n  shelfline backfill status 20240501-093042-3f9a --watch')
    .action(status)
  ofPlan(backfills.command('set'))
    .hook('preAction', identify)
    .description('Change the concurrency of a running plan')
    .requiredOption('--concurrency <dates>', CONCURRENCY)
    .addHelpText('after', '\nExample:\n  shelfline backfill set 20240501-093042-3f9a --concurrency 4')
    .action((name: string, { concurrency, json }: RunFlags & { concurrency: string }) => {
      const dates = parseConcurrency(concurrency)
      return change(name, json, `concurrency ${dates}`, (open) => setBackfillConcurrency(open, name, dates))
    })
  ofPlan(backfills.command('pause'))
    .hook('preAction', identify)
    .description('Pause a plan: dates that are being built are finished, no others are started')
    .addHelpText('after', '\nExample:\n  shelfline backfill pause 20240501-093042-3f9a')
    .action((name: string, { json }: RunFlags) => change(name, json, 'paused', (open) => pauseBackfill(open, name)))
  concurrent(ofPlan(backfills.command('resume')))
    .hook('preAction', identify)
    .description('Continue a plan that was paused, cancelled or killed, or that has failed partitions')
    .option('--wait', 'Show progress until the backfill ends')
    .addHelpText('after', '\nExample:\n  shelfline backfill resume 20240501-093042-3f9a --wait')
    .action(resume)
  ofPlan(backfills.command('cancel'))
    .hook('preAction', identify)
    .description('Cancel a plan; built partitions are kept, and `backfill resume` continues it')
    .addHelpText('after', '\nExample:\n  shelfline backfill cancel 20240501-093042-3f9a')
    .action((name: string, { json }: RunFlags) =>
      change(name, json, 'is being cancelled', (open) => cancelBackfill(open, name)),
    )
  backfills
    .command('list')
    .description('List the plans, the newest first')
    .option('--limit <plans>', 'Number of plans at most', '20')
    .option('--cursor <text>', 'Continue after a page: its `next` in JSON')
    .option('--json', 'Print the plans as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill list')
    .action(list)
}

const CONCURRENCY = `Dates to build at once, 1 to ${CONCURRENCY_MAX}`

const concurrent = (command: Command): Command => command.option('--concurrency <dates>', CONCURRENCY)

const ofPlan = (command: Command): Command =>
  command
    .argument('<plan>', 'Name of the plan; `shelfline backfill list` shows them')
    .option('--json', 'Print the result as JSON')

const planOptions = (command: Command): Command =>
  command
    .requiredOption('--assets <names>', 'Assets separated by commas, or all; what is made from them is planned too')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .option('--force', 'Plan also what is up to date')
    .option('--failed-only', 'Plan only what failed, and what is made from it')
    .option('--without-downstream', 'Plan only these assets, not what is made from them')
    .option('--json', 'Print the result as JSON')

const parseConcurrency = (value: string) => parseCount('--concurrency', value, 1, CONCURRENCY_MAX)

const runOptions = ({ concurrency }: RunFlags): RunOptions =>
  concurrency === undefined ? {} : { concurrency: parseConcurrency(concurrency) }

const withBackfill = (work: (open: BackfillDependencies) => Promise<void>): Promise<void> => {
  const settings = loadSettings()
  return withPool(settings, (pool) => withTemporal(settings, (temporal) => work({ pool, temporal })))
}

/** Planning loads every asset, which takes a while; the other commands do without. */
async function makePlan({ assets, json, ...flags }: PlanFlags): Promise<PlannedBackfill | undefined> {
  const settings = loadSettings()
  const request: BackfillRequest = { ...flags, assets: parseAssets(assets) }
  const { planBackfill } = await import('../../services/backfill/planning.ts')
  return withPool(settings, (pool) =>
    withLake(settings, ({ lake }) => planBackfill({ pool, lake, timeZone: settings.timeZone }, request)),
  )
}

async function plan(flags: PlanFlags): Promise<void> {
  const planned = await makePlan(flags)
  if (planned === undefined) {
    if (flags.json) printJson({ plan: null, cells: [], unbuilt: [] })
    else printNothingToDo(flags)
    return
  }
  if (flags.json) return printJson({ ...planned.plan, cells: planned.cells, unbuilt: planned.unbuilt })
  printPlan(planned)
  print(`\nshelfline backfill apply ${planned.plan.plan}`)
}

async function planAndRun(flags: PlanFlags & RunFlags): Promise<void> {
  const options = runOptions(flags)
  const { concurrency, ...wanted } = flags
  await withBackfill(async (open) => {
    await requireWorker(open.temporal, BACKFILL_TASK_QUEUE)
    const planned = await makePlan(wanted)
    if (planned === undefined) return flags.json ? printJson({ plan: null }) : printNothingToDo(flags)
    await applyPlan(open, planned.plan.plan, options)
    await waitForEnd(open, planned.plan.plan, flags.json)
  })
}

function printNothingToDo({ assets, from, to, failedOnly }: PlanFlags): void {
  if (failedOnly) print(`no partition of ${assets} from ${from} to ${to} has failed`)
  else print(`every partition of ${assets} from ${from} to ${to} is up to date; --force builds them again`)
}

const apply = (name: string, flags: RunFlags): Promise<void> =>
  withBackfill(async (open) => {
    const started = await applyPlan(open, name, runOptions(flags))
    if (flags.wait) return waitForEnd(open, name, flags.json)
    if (flags.json) return printJson(started)
    print(`${started.workflowId} started\n\nshelfline backfill status ${name}`)
  })

const resume = (name: string, flags: RunFlags): Promise<void> =>
  withBackfill(async (open) => {
    const { plan: resumed, action } = await resumeBackfill(open, name, runOptions(flags))
    if (flags.wait) return waitForEnd(open, name, flags.json)
    if (flags.json) return printJson({ plan: resumed, action })
    print(action === 'resumed' ? `${name} resumed` : `${name} started again`)
  })

const change = (
  name: string,
  json: boolean | undefined,
  action: string,
  work: (open: BackfillDependencies) => Promise<void>,
): Promise<void> =>
  withBackfill(async (open) => {
    await work(open)
    if (json) return printJson({ plan: name, action })
    print(`${name} ${action}`)
  })

/** @throws when partitions failed or were left */
async function waitForEnd(open: BackfillDependencies, name: string, json: boolean | undefined): Promise<void> {
  const before = await requirePlan(open.pool, name)
  const progress = startProgress(`backfill ${name}`, before.cells, before.succeeded)
  const refresh = async () => {
    const { succeeded, failed } = await requirePlan(open.pool, name)
    progress.update(succeeded, failed > 0 ? `${failed} failed` : '')
  }
  const { plan: after, problem } = await whileShowing(refresh, backfillEnd(open, name))
  progress.update(after.succeeded)
  if (after.status === 'succeeded') progress.finish()
  else progress.stop(after.status)
  if (json) printJson(after)
  else await printResult(open, after)
  if (after.status === 'succeeded' && problem === null) return
  throw new Error(`backfill ${name} ${after.status}${problem === null ? '' : `: ${problem}`}`)
}

async function status(name: string, { watch, json }: { watch?: boolean; json?: boolean }): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const stored = await requirePlan(pool, name)
    if (json) return printJson({ ...stored, cells: await readPlanCells(pool, name) })
    if (stored.status !== 'running') return printResult({ pool }, stored)
    await withTemporal(loadSettings(), async (temporal) => {
      const { plan: now, run } = await readBackfill({ pool, temporal }, name)
      if (run === null) {
        await printResult({ pool }, now)
        return print(`no workflow runs it now; \`shelfline backfill resume ${name}\` continues it`)
      }
      printRunning(now, run)
      if (watch) await waitForEnd({ pool, temporal }, name, json)
    })
  })
}

function printRunning({ plan: name, succeeded, failed, cells }: BackfillPlan, run: BackfillRun): void {
  if (run.state === 'cancelling') print(`${name} is being cancelled`)
  const counts = `${succeeded + failed} of ${cells} partitions done, ${failed} failed`
  if (run.concurrency === null) print(`${counts}; no worker answers`)
  else print(`${counts}; ${run.state}, concurrency ${run.concurrency}; now: ${run.dates.join(', ') || 'nothing'}`)
}

async function list({ limit, cursor, json }: { limit: string; cursor?: string; json?: boolean }): Promise<void> {
  const page = { limit: parseCount('--limit', limit), ...(cursor !== undefined && { cursor }) }
  const { items: plans, next } = await withPool(loadSettings(), (pool) => readPlans(pool, page))
  if (json) return printJson({ plans, next })
  if (plans.length === 0) return print('there are no plans yet; `shelfline backfill plan --help` shows how to make one')
  printTable(
    ['plan', 'assets', 'from', 'to', 'status', 'partitions', 'built', 'failed'],
    plans.map(({ plan: name, assets, from, to, status: state, cells, succeeded, failed }) => [
      name,
      assets.length > 3 ? `${assets.length} assets` : assets.join(', '),
      from,
      to,
      state,
      cells,
      succeeded,
      failed,
    ]),
  )
  if (next !== null) print(`--limit shows more plans, --cursor ${next} the next ones`)
}

const reasonMarks: Record<WorkReason, GridMark> = {
  missing: { letter: 'm', meaning: 'missing', colour: colors.cyan },
  failed: { letter: 'F', meaning: 'failed', colour: colors.red },
  late_data: { letter: 'l', meaning: 'late data', colour: colors.yellow },
  code_changed: { letter: 'c', meaning: 'code changed', colour: colors.magenta },
  input_changed: { letter: 'i', meaning: 'input changed or rebuilt', colour: colors.blue },
  forced: { letter: '!', meaning: 'forced', colour: colors.white },
}
const nothing: GridMark = { letter: '.', meaning: 'nothing to do', colour: colors.dim }

/** Exactly the partitions that will be built, and what they are likely to cost. */
function printPlan({ plan: stored, cells, unbuilt }: PlannedBackfill): void {
  const byKey = new Map(cells.map((cell) => [`${cell.asset} ${cell.date}`, cell]))
  const positions = new Map(cells.map(({ asset, position }) => [asset, position]))
  const rows = [...positions].sort(([, left], [, right]) => left - right).map(([asset]) => asset)
  const dates = [...new Set(cells.map(({ date }) => date))]
  printGrid({
    rows,
    dates,
    mark: (row, date) => {
      const cell = byKey.get(`${row} ${date}`)
      return cell ? reasonMarks[cell.reason] : nothing
    },
  })
  const reasons = [...Map.groupBy(cells, ({ reason }) => reason)].map(([reason, some]) => `${some.length} ${reason}`)
  print(`\nplan ${stored.plan}: ${stored.cells} partitions on ${dates.length} days (${reasons.join(', ')})`)
  print(describeEstimate(stored))
  for (const days of unbuilt) print(`warning: ${unbuiltText(days)}`)
}

function describeEstimate({ cells, cellsWithoutEstimate, estimatedRows, estimatedBytes, estimatedMs }: BackfillPlan) {
  if (estimatedMs === null) return 'no estimate: these partitions were never built'
  const figures = [
    `${(estimatedRows ?? 0).toLocaleString('en-GB')} rows`,
    formatBytes(estimatedBytes ?? 0),
    `about ${formatDuration(estimatedMs / DEFAULT_CONCURRENCY)} with ${DEFAULT_CONCURRENCY} dates at once`,
  ].join(', ')
  const base = cellsWithoutEstimate === 0 ? '' : `, without ${cellsWithoutEstimate} of ${cells} that were never built`
  return `estimate from past runs: ${figures}${base}`
}

async function printResult({ pool }: Pick<BackfillDependencies, 'pool'>, stored: BackfillPlan): Promise<void> {
  const { plan: name, status: state, cells, succeeded, failed, appliedAt, finishedAt } = stored
  const took = appliedAt && finishedAt ? ` after ${formatDuration(finishedAt.getTime() - appliedAt.getTime())}` : ''
  print(`plan ${name}: ${state}${took}; ${succeeded} of ${cells} partitions built, ${failed} failed`)
  if (failed === 0) return
  const failures = (await readPlanCells(pool, name)).filter((cell) => cell.status === 'failed')
  printTable(
    ['failed', 'date', 'why'],
    failures.slice(0, FAILURES_SHOWN_MAX).map(({ asset, date, error }) => [asset, date, error]),
  )
  if (failures.length > FAILURES_SHOWN_MAX) print(`and ${failures.length - FAILURES_SHOWN_MAX} more (--json)`)
  print(`\`shelfline backfill resume ${name}\` builds them again`)
}
