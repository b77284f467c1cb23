import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { Command } from 'commander'
import colors from 'picocolors'
import {
  type BackfillCell,
  type BackfillPlan,
  backfillWorkflowId,
  findPlanMoves,
  listPlans,
  readCells,
  readPlan,
} from '../../activities/backfill/plans.ts'
import type { WorkReason } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { BACKFILL_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import { requireWorker } from '../../services/temporal.ts'
import { ensureSearchAttributes } from '../../workers/search-attributes.ts'
import type { BackfillState, backfill } from '../../workflows/backfill/backfill.ts'
import { describedBy } from '../../workflows/search-attributes.ts'
import { parseCount, parseDateRange } from '../arguments.ts'
import { knownAssets, parseAssets, whileShowing, withPool, withTemporal } from '../batch.ts'
import { type GridMark, printGrid } from '../ledger/grid.ts'
import { formatBytes, formatDuration, print, printJson, printTable, startProgress, UsageError } from '../output.ts'

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

const CONCURRENCY_MAX = 64
const DEFAULT_CONCURRENCY = 2
const RANGE_DAYS_MAX = 3_660
const PLANS_LISTED = 20
const MOVES_SHOWN_MAX = 20
const FAILURES_SHOWN_MAX = 20

export function register(program: Command): void {
  const backfills = program.command('backfill').description('Build what is missing, failed or stale: plan, then apply')
  planOptions(backfills.command('plan'))
    .description('Look at the ledger and the lake, and store the partitions that need work')
    .addHelpText('after', '\nExample:\n  shelfline backfill plan --assets all --from 2017-03-01 --to 2017-03-31')
    .action(plan)
  runOptions(planOptions(backfills.command('run')))
    .description('Plan, apply and wait, in one go')
    .addHelpText('after', '\nExample:\n  shelfline backfill run --assets all --from 2017-03-01 --to 2017-03-31')
    .action(planAndRun)
  runOptions(backfills.command('apply'))
    .description('Run a plan, unless the ledger has moved since')
    .argument('<plan>')
    .option('--wait', 'Show progress and end with the backfill')
    .addHelpText('after', '\nExample:\n  shelfline backfill apply 20240501-093042-3f9a --concurrency 4 --wait')
    .action(apply)
  backfills
    .command('status')
    .description('How far a plan is')
    .argument('<plan>')
    .option('--watch', 'Stay with one that runs, show progress and end with it')
    .option('--json', 'Print the plan and its cells as they are now, as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill status 20240501-093042-3f9a --watch')
    .action(status)
  backfills
    .command('set')
    .description('Change a plan that runs')
    .argument('<plan>')
    .requiredOption('--concurrency <dates>', `Dates that are built at once, to ${CONCURRENCY_MAX}`)
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill set 20240501-093042-3f9a --concurrency 4')
    .action((name: string, { concurrency, json }: RunFlags & { concurrency: string }) => {
      const dates = parseConcurrency(concurrency)
      return signal(name, json, `concurrency ${dates}`, (client) =>
        handleOf(client, name).signal('setConcurrency', dates),
      )
    })
  backfills
    .command('pause')
    .description('Begin no more dates; those that are under way are finished')
    .argument('<plan>')
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill pause 20240501-093042-3f9a')
    .action((name: string, { json }: RunFlags) =>
      signal(name, json, 'paused', (client) => handleOf(client, name).signal('pause')),
    )
  runOptions(backfills.command('resume'))
    .description('Go on with a plan that was paused, cancelled or killed, or whose cells failed')
    .argument('<plan>')
    .option('--wait', 'Show progress and end with the backfill')
    .addHelpText('after', '\nExample:\n  shelfline backfill resume 20240501-093042-3f9a --wait')
    .action(resume)
  backfills
    .command('cancel')
    .description('Stop a plan; what is built stays, and resume goes on from there')
    .argument('<plan>')
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill cancel 20240501-093042-3f9a')
    .action((name: string, { json }: RunFlags) =>
      signal(name, json, 'is being cancelled', async (client) => {
        await handleOf(client, name).cancel()
      }),
    )
  backfills
    .command('list')
    .description(`The newest ${PLANS_LISTED} plans`)
    .option('--json', 'Print the plans as JSON')
    .addHelpText('after', '\nExample:\n  shelfline backfill list')
    .action(list)
}

const planOptions = (command: Command): Command =>
  command
    .requiredOption('--assets <names>', 'Asset names separated by commas, or all; what is made from them follows')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .option('--force', 'Also what is up to date')
    .option('--failed-only', 'Only what failed, and what follows from it')
    .option(
      '--without-downstream',
      'Only these assets: what is made from them waits for its own pipeline or the next plan',
    )
    .option('--json', 'Print the result as JSON')

const runOptions = (command: Command): Command => {
  const concurrency = ['--concurrency <dates>', `dates that are built at once, to ${CONCURRENCY_MAX}`] as const
  if (command.name() === 'run') return command.option(...concurrency)
  return command.option(...concurrency).option('--json', 'Print the result as JSON')
}

const parseConcurrency = (value: string) => parseCount('--concurrency', value, 1, CONCURRENCY_MAX)
const handleOf = (client: Client, plan: string) => client.workflow.getHandle<typeof backfill>(backfillWorkflowId(plan))

async function plan(flags: PlanFlags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const name = await storePlan(pool, flags)
    if (name === undefined) return flags.json ? printJson({ plan: null, cells: [] }) : print('nothing needs work')
    const stored = await findPlan(pool, name)
    const cells = await readCells(pool, name)
    if (flags.json) return printJson({ ...stored, cells })
    printPlan(stored, cells)
    print(`\nshelfline backfill apply ${name}`)
  })
}

async function planAndRun(flags: PlanFlags & RunFlags): Promise<void> {
  const concurrency = flags.concurrency === undefined ? undefined : parseConcurrency(flags.concurrency)
  await withPool(loadSettings(), (pool) =>
    withTemporal(loadSettings(), async (client) => {
      await requireWorker(client, BACKFILL_TASK_QUEUE)
      const name = await storePlan(pool, flags)
      if (name === undefined) return flags.json ? printJson({ plan: null }) : print('nothing needs work')
      await start(client, name, concurrency)
      await finish(pool, client, name, flags.json)
    }),
  )
}

/** @throws UsageError on unknown assets or an impossible range; nothing is stored then */
async function storePlan(pool: Pool, flags: PlanFlags): Promise<string | undefined> {
  const { from, to } = parseDateRange(flags.from, flags.to)
  if ((Date.parse(to) - Date.parse(from)) / 86_400_000 >= RANGE_DAYS_MAX) {
    throw new UsageError(`--from ${from} --to ${to} is more than ${RANGE_DAYS_MAX} days: plan it in parts`)
  }
  if (flags.force && flags.failedOnly) throw new UsageError('--force and --failed-only contradict each other: give one')
  const requested = parseAssets('--assets', flags.assets, await knownAssets(pool))
  const { makePlanHere } = await import('./planning.ts')
  return makePlanHere(loadSettings(), pool, {
    ...{ requested, from, to },
    forced: flags.force ?? false,
    withoutDownstream: flags.withoutDownstream ?? false,
    ...(flags.failedOnly && { reasons: ['failed'] as WorkReason[] }),
  })
}

async function apply(name: string, flags: RunFlags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const stored = await findPlan(pool, name)
    await assertLedgerStands(pool, stored)
    await runPlan(pool, stored, flags)
  })
}

async function resume(name: string, flags: RunFlags): Promise<void> {
  const concurrency = flags.concurrency === undefined ? undefined : parseConcurrency(flags.concurrency)
  await withPool(loadSettings(), async (pool) => {
    const stored = await findPlan(pool, name)
    const isRunning = await withTemporal(loadSettings(), async (client) => {
      const state = await stateOf(client, name)
      if (state === 'ended') return false
      refuseCancelling(name, state)
      await handleOf(client, name).signal('resume')
      if (concurrency !== undefined) await handleOf(client, name).signal('setConcurrency', concurrency)
      return true
    })
    if (!isRunning) {
      await assertLedgerStands(pool, stored)
      return runPlan(pool, stored, flags)
    }
    if (flags.wait) return withTemporal(loadSettings(), (client) => finish(pool, client, name, flags.json))
    if (flags.json) return printJson({ plan: name, action: 'resumed' })
    print(`${name} resumed`)
  })
}

async function runPlan(pool: Pool, stored: BackfillPlan, flags: RunFlags): Promise<void> {
  const concurrency = flags.concurrency === undefined ? undefined : parseConcurrency(flags.concurrency)
  if (stored.succeeded === stored.cells) throw new UsageError(`plan ${stored.plan} is done: all its cells succeeded`)
  await withTemporal(loadSettings(), async (client) => {
    await refuseRunning(client, stored.plan)
    await requireWorker(client, BACKFILL_TASK_QUEUE)
    await start(client, stored.plan, concurrency)
    if (flags.wait) return finish(pool, client, stored.plan, flags.json)
    if (flags.json) return printJson({ plan: stored.plan, workflowId: backfillWorkflowId(stored.plan) })
    print(`${backfillWorkflowId(stored.plan)} started\n\nshelfline backfill status ${stored.plan}`)
  })
}

/** The plan is marked as running by its workflow. */
async function start(client: Client, name: string, concurrency: number | undefined): Promise<void> {
  await ensureSearchAttributes(client)
  await client.workflow.start<typeof backfill>('backfill', {
    taskQueue: BACKFILL_TASK_QUEUE,
    workflowId: backfillWorkflowId(name),
    args: [{ plan: name, ...(concurrency !== undefined && { concurrency }) }],
    typedSearchAttributes: describedBy({ pipeline: 'backfill' }),
  })
}

type RunState = 'running' | 'cancelling' | 'ended'

async function stateOf(client: Client, name: string): Promise<RunState> {
  try {
    const { status, raw } = await handleOf(client, name).describe()
    if (status.name !== 'RUNNING') return 'ended'
    return raw.workflowExtendedInfo?.cancelRequested ? 'cancelling' : 'running'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'ended'
    throw error
  }
}

/** @throws UsageError when the plan has a workflow already */
async function refuseRunning(client: Client, name: string): Promise<void> {
  const state = await stateOf(client, name)
  refuseCancelling(name, state)
  if (state === 'ended') return
  throw new UsageError(`plan ${name} is running already: \`shelfline backfill status ${name}\` shows how far it is`)
}

/** @throws UsageError when the plan is being cancelled: what it is sent now would be lost with its workflow */
function refuseCancelling(name: string, state: RunState): void {
  if (state !== 'cancelling') return
  throw new UsageError(
    `plan ${name} is being cancelled: wait until \`shelfline backfill status ${name}\` says cancelled, ` +
      `then \`shelfline backfill resume ${name}\``,
  )
}

/** @throws UsageError listing what others have done to the plan's cells since it was made */
async function assertLedgerStands(pool: Pool, stored: BackfillPlan): Promise<void> {
  const moves = await findPlanMoves(pool, stored)
  if (moves.length === 0) return
  const lines = moves.slice(0, MOVES_SHOWN_MAX).map(({ asset, date, plannedReason, status, workflowId }) => {
    const now = workflowId === null ? 'its row was removed' : `now ${status} by ${workflowId}`
    return `  ${asset} ${date}: planned as ${plannedReason}, ${now}`
  })
  const more = moves.length > MOVES_SHOWN_MAX ? [`  and ${moves.length - MOVES_SHOWN_MAX} more`] : []
  const { plan: name, assets, from, to } = stored
  const again = `shelfline backfill plan --assets ${assets.join(',')} --from ${from} --to ${to}`
  throw new UsageError(
    [`plan ${name} is out of date, the ledger has moved since:`, ...lines, ...more, `plan anew: \`${again}\``].join(
      '\n',
    ),
  )
}

/** Shows progress until the workflow ends, then the result; exits with 1 when cells failed or were left. */
async function finish(pool: Pool, client: Client, name: string, json: boolean | undefined): Promise<void> {
  const before = await findPlan(pool, name)
  const bar = startProgress(`backfill ${name}`, before.cells)
  // The counts come from the database, which a query to the workflow would only repeat.
  const refresh = async () => {
    const { succeeded, failed } = await findPlan(pool, name)
    bar.update(succeeded + failed, failed > 0 ? `${failed} failed` : '')
  }
  const ended = await whileShowing(refresh, handleOf(client, name).result()).then(
    () => undefined,
    (error: Error) => error,
  )
  const after = await findPlan(pool, name)
  bar.update(after.succeeded + after.failed)
  bar.stop(after.status)
  if (json) printJson(after)
  else await printResult(pool, after)
  if (after.status === 'succeeded' && ended === undefined) return
  const cause = ended?.cause instanceof Error ? `: ${ended.cause.message}` : ''
  throw new Error(`backfill ${name} ${after.status}${cause}`)
}

async function status(name: string, { watch, json }: { watch?: boolean; json?: boolean }): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const stored = await findPlan(pool, name)
    if (json) return printJson({ ...stored, cells: await readCells(pool, name) })
    if (stored.status !== 'running') return printResult(pool, stored)
    await withTemporal(loadSettings(), async (client) => {
      const state = await stateOf(client, name)
      if (state === 'ended') {
        await printResult(pool, stored)
        return print(`its workflow is gone: \`shelfline backfill resume ${name}\` continues it`)
      }
      if (state === 'cancelling') print(`${name} is being cancelled`)
      await printRunning(client, stored)
      if (watch) await finish(pool, client, name, json)
    })
  })
}

async function printRunning(client: Client, { plan: name, succeeded, failed, cells }: BackfillPlan): Promise<void> {
  const counts = `${succeeded + failed} of ${cells} cells done, ${failed} failed`
  const state = await handleOf(client, name)
    .query<BackfillState, []>('progress')
    .catch(() => undefined)
  if (state === undefined) return print(`${counts}; no worker answers`)
  const mode = state.isPaused ? 'paused' : 'running'
  print(`${counts}; ${mode}, concurrency ${state.concurrency}; now: ${state.running.join(', ') || 'nothing'}`)
}

async function signal(
  name: string,
  json: boolean | undefined,
  done: string,
  send: (client: Client) => Promise<void>,
): Promise<void> {
  await withPool(loadSettings(), (pool) => findPlan(pool, name))
  await withTemporal(loadSettings(), async (client) => {
    const state = await stateOf(client, name)
    if (state === 'ended') throw notRunning(name)
    refuseCancelling(name, state)
    await send(client).catch((error) => {
      // It has ended since it was asked for.
      throw error instanceof WorkflowNotFoundError ? notRunning(name) : error
    })
  })
  if (json) return printJson({ plan: name, action: done })
  print(`${name} ${done}`)
}

const notRunning = (name: string) =>
  new UsageError(`plan ${name} is not running: \`shelfline backfill status ${name}\` says why`)

async function list({ json }: { json?: boolean }): Promise<void> {
  const plans = await withPool(loadSettings(), (pool) => listPlans(pool, PLANS_LISTED))
  if (json) return printJson({ plans })
  if (plans.length === 0) return print('no plans yet: `shelfline backfill plan --help`')
  printTable(
    ['plan', 'assets', 'from', 'to', 'status', 'cells', 'succeeded', 'failed'],
    plans.map(({ plan: name, assets, from, to, status: state, cells, succeeded, failed }) => [
      ...[name, assets.length > 3 ? `${assets.length} assets` : assets.join(', '), from, to, state],
      ...[cells, succeeded, failed],
    ]),
  )
}

/** @throws UsageError when there is no such plan */
async function findPlan(pool: Pool, name: string): Promise<BackfillPlan> {
  const stored = await readPlan(pool, name)
  if (stored === undefined)
    throw new UsageError(`plan "${name}" is unknown: \`shelfline backfill list\` shows the plans`)
  return stored
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

/** Exactly the cells that will run, and what they are likely to cost. */
function printPlan(stored: BackfillPlan, cells: readonly BackfillCell[]): void {
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
}

function describeEstimate({ cells, cellsWithoutEstimate, estimatedRows, estimatedBytes, estimatedMs }: BackfillPlan) {
  if (estimatedMs === null) return 'no past runs to estimate from'
  const figures = [
    `${(estimatedRows ?? 0).toLocaleString('en-GB')} rows`,
    formatBytes(estimatedBytes ?? 0),
    `about ${formatDuration(estimatedMs / DEFAULT_CONCURRENCY)} with ${DEFAULT_CONCURRENCY} dates at once`,
  ].join(', ')
  const base = cellsWithoutEstimate === 0 ? '' : `, without ${cellsWithoutEstimate} of ${cells} that never ran`
  return `estimate from past runs: ${figures}${base}`
}

async function printResult(pool: Pool, stored: BackfillPlan): Promise<void> {
  const { plan: name, status: state, cells, succeeded, failed, appliedAt, finishedAt } = stored
  const took = appliedAt && finishedAt ? ` after ${formatDuration(finishedAt.getTime() - appliedAt.getTime())}` : ''
  print(`plan ${name}: ${state}${took}; ${succeeded} of ${cells} partitions built, ${failed} failed`)
  if (failed === 0) return
  const failures = (await readCells(pool, name)).filter((cell) => cell.status === 'failed')
  printTable(
    ['failed', 'date', 'why'],
    failures.slice(0, FAILURES_SHOWN_MAX).map(({ asset, date, error }) => [asset, date, error]),
  )
  if (failures.length > FAILURES_SHOWN_MAX) print(`and ${failures.length - FAILURES_SHOWN_MAX} more (--json)`)
}
