/** The batch side as it runs: worker processes that are killed, the command, PostgreSQL, the lake and Temporal. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  doorCount,
  openTestAssets,
  priceChange,
  saleLine,
  stockMovement,
  type TestAssets,
} from '../activities/assets/framework/testing.ts'
import { assets as everyAsset } from '../activities/assets/index.ts'
import { daysBetween } from '../contracts/calendar.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { temporalConnection } from '../platform/temporal/temporal.ts'

const ROOT = join(import.meta.dirname, '..')
const dates = daysBetween('2024-05-01', '2024-05-04')
const range = ['--from', dates[0]!, '--to', dates.at(-1)!]
/** A guard against hanging: waits have limits of their own, and a busy machine is slow, not wrong. */
vi.setConfig({ testTimeout: 6 * 60_000 })
const ASSETS = everyAsset.length
const CELLS = dates.length * ASSETS

/** A database, a lake and a Temporal namespace of its own, with the same raw events in each. */
interface Room {
  assets: TestAssets
  environment: NodeJS.ProcessEnv
}

let undisturbed: Room
let disturbed: Room
/** Works in the undisturbed room until the schedules are there: what they begin should not meet the last tests. */
let worker: ChildProcess
const children = new Set<ChildProcess>()

beforeAll(async () => {
  ;[undisturbed, disturbed] = await Promise.all([openRoom(), openRoom()])
  worker = await startWorker(undisturbed)
})

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await undisturbed?.assets.close()
  await disturbed?.assets.close()
})

test('a backfill that is killed, terminated and resumed ends like one that was left alone', async () => {
  // At once: the disturbed one waits for most of its time.
  await Promise.all([backfillAlone(), backfillDisturbed()])
  const runs = await disturbed.assets.rows<{ runs: number }>(
    `select count(*)::int as runs from ops.partition_runs where status = 'succeeded' group by asset, date`,
  )
  expect(runs).toEqual(Array(CELLS).fill({ runs: 1 }))
  expect(await contentOf(disturbed)).toEqual(await contentOf(undisturbed))
})

async function backfillAlone(): Promise<void> {
  expect(await run(undisturbed, 'backfill', 'run', '--assets', 'all', ...range)).toMatchObject({ code: 0 })
}

async function backfillDisturbed(): Promise<void> {
  const doomed = await startWorker(disturbed)
  const { plan, cells } = JSON.parse(
    (await run(disturbed, 'backfill', 'plan', '--json', '--assets', 'all', ...range)).out,
  )
  expect(cells).toHaveLength(CELLS)
  expect(await run(disturbed, 'backfill', 'apply', plan)).toMatchObject({ code: 0 })
  await expect.poll(() => countSucceeded(disturbed), { timeout: 60_000 }).toBeGreaterThan(10)
  await stop(doomed, 'SIGKILL')
  const heir = await startWorker(disturbed)
  const before = await countSucceeded(disturbed)
  // Temporal waits ten seconds for the heartbeats of the dead worker; the rest is a guard against hanging.
  await expect.poll(() => countSucceeded(disturbed), { timeout: 60_000 }).toBeGreaterThan(before)

  await terminate(disturbed, `backfill-${plan}`)
  expect(await run(disturbed, 'backfill', 'resume', plan, '--wait')).toMatchObject({ code: 0 })
  await stop(heir, 'SIGTERM')
}

test('a plan that the ledger has left behind is refused, and nothing changes', async () => {
  const forced = await run(undisturbed, 'backfill', 'plan', '--json', '--force', '--assets', 'fact_sales', ...range)
  const { plan } = JSON.parse(forced.out)
  expect(await run(undisturbed, 'run', 'daily-etl', '--date', dates[2]!, '--wait')).toMatchObject({ code: 0 })
  const before = await countSucceeded(undisturbed)
  const refused = await run(undisturbed, 'backfill', 'apply', plan, '--wait')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain(`fact_sales ${dates[2]}: planned as forced, now succeeded by daily-etl-${dates[2]}`)
  expect(await countSucceeded(undisturbed)).toBe(before)
})

test('late events make their day stale, and the repair builds it and what follows', async () => {
  await undisturbed.assets.addRaw('pos_transactions', [sale(dates[1]!, 99)])
  const planned = await run(undisturbed, 'backfill', 'plan', '--json', '--assets', 'all', ...range)
  const cells = JSON.parse(planned.out).cells as { asset: string; date: string; reason: string }[]
  expect(cells[0]).toMatchObject({ asset: 'cleansed/sales', date: dates[1], reason: 'late_data' })
  const alone = ['--assets', 'cleansed/sales', '--without-downstream', ...range]
  const narrow = JSON.parse((await run(undisturbed, 'backfill', 'plan', '--json', ...alone)).out).cells
  expect(narrow.map(({ asset, date }: { asset: string; date: string }) => [asset, date])).toEqual([
    ['cleansed/sales', dates[1]],
  ])
  // What only looks at its own day is stale on that day; the features look back, so that theirs are on every day since.
  const later = cells.filter(({ date }) => date !== dates[1])
  expect(later.map(({ date }) => date).filter((date) => date < dates[1]!)).toEqual([])
  // The live state of a morning is taken once, whatever comes later.
  const looksBack = everyAsset
    .filter(({ daysBefore, isTakenOnce }) => daysBefore && !isTakenOnce)
    .map(({ name }) => name)
  expect(later.map(({ asset }) => asset)).toEqual(expect.arrayContaining(looksBack))
  expect(later.map(({ asset }) => asset)).not.toContain('fact_sales')
  await run(undisturbed, 'schedules', 'apply')
  expect(await run(undisturbed, 'schedules', 'run', 'repair-late')).toMatchObject({ code: 0 })
  const lines = () =>
    undisturbed.assets.rows(`select count(*)::int as n from analytics.fact_sales where sale_date = '${dates[1]}'`)
  await expect.poll(lines, { timeout: 60_000 }).toEqual([{ n: 6 }])
  await stop(worker, 'SIGTERM')
})

test.each([
  [['backfill', 'plan', '--assets', 'nothing', ...range], '--assets "nothing" is unknown'],
  [
    ['backfill', 'plan', '--assets', 'all', '--from', '2024-05-06', '--to', '2024-05-01'],
    '--from "2024-05-06" is after 2024-05-01',
  ],
  [['backfill', 'plan', '--assets', 'all', '--from', '2024-02-30', '--to', '2024-05-01'], 'is not a date'],
  [['backfill', 'plan', '--assets', 'all', '--force', '--failed-only', ...range], 'cannot be combined'],
  [['backfill', 'apply', 'no-such-plan'], 'no-such-plan'],
  [['backfill', 'set', 'no-such-plan', '--concurrency', '0'], '--concurrency 0'],
  [['run', 'daily-etl', '--date', '2024-13-01'], '--date "2024-13-01" is not a date'],
  [['ledger', '--asset', 'nothing'], '--asset "nothing" is unknown'],
  [['schedules', 'pause', 'nothing'], '"nothing" is unknown'],
])('%j is wrong use', async (words, told) => {
  const plans = () => undisturbed.assets.rows('select plan from ops.backfill_plans order by plan')
  const before = await plans()
  const answer = await run(undisturbed, ...words)
  expect(answer.code).toBe(2)
  expect(answer.err).toContain(told)
  expect(await plans()).toEqual(before)
})

async function openRoom(): Promise<Room> {
  const assets = await openTestAssets()
  for (const date of dates) {
    await assets.addRaw(
      'pos_transactions',
      Array.from({ length: 5 }, (_, line) => sale(date, line)),
    )
    const at = { event_at: `${date}T09:00:00+00:00` }
    await assets.addRaw('inventory_updates', [stockMovement({ event_id: `i-${date}`, ...at })])
    await assets.addRaw('price_changes', [priceChange({ event_id: `p-${date}`, ...at })])
    await assets.addRaw('foot_traffic', [doorCount({ event_id: `d-${date}`, ...at })])
  }
  const { settings } = assets.context
  const namespace = `test-${randomBytes(6).toString('hex')}`
  await registerNamespace(settings, namespace)
  const environment = {
    ...process.env,
    SHELFLINE_HOME: settings.home,
    SHELFLINE_POSTGRES_URL: settings.postgresUrl,
    SHELFLINE_LAKE_PREFIX: settings.lakePrefix,
    SHELFLINE_TEMPORAL_NAMESPACE: namespace,
    SHELFLINE_LOG_LEVEL: 'info',
  }
  return { assets, environment }
}

const sale = (date: string, line: number) =>
  saleLine({
    event_id: `s-${date}-${line}`,
    transaction_id: `t-${date}`,
    line_no: line,
    event_at: `${date}T10:00:00+00:00`,
  })

async function registerNamespace(settings: Settings, namespace: string): Promise<void> {
  const connection = await Connection.connect(temporalConnection(settings))
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    })
    // The server's parts get to know a namespace one after the other.
    const known = () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'any' }, taskQueueType: 1 })
    await vi.waitFor(known, { timeout: 30_000, interval: 200 })
  } finally {
    await connection.close()
  }
}

async function terminate({ assets, environment }: Room, workflowId: string): Promise<void> {
  const connection = await Connection.connect(temporalConnection(assets.context.settings))
  try {
    await connection.workflowService.terminateWorkflowExecution({
      namespace: environment.SHELFLINE_TEMPORAL_NAMESPACE!,
      workflowExecution: { workflowId },
      reason: 'a test',
    })
  } finally {
    await connection.close()
  }
}

function shelfline({ environment }: Room, words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), ...words], { cwd: ROOT, env: environment })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** A worker process that is ready for work. */
async function startWorker(room: Room): Promise<ChildProcess> {
  const worker = shelfline(room, ['worker', 'batch'])
  let said = ''
  worker.stderr!.on('data', (text) => {
    said += text
  })
  for await (const line of createInterface({ input: worker.stdout! })) {
    said += `${line}\n`
    if (line.includes('metrics are served')) {
      worker.stdout!.resume()
      return worker
    }
  }
  throw new Error(`the worker ended before it was ready:\n${said}`)
}

async function stop(worker: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const ended = once(worker, 'exit')
  worker.kill(signal)
  const [code] = await ended
  if (signal === 'SIGTERM') expect(code).toBe(0)
}

async function run(room: Room, ...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = shelfline(room, words)
  const answer = { out: '', err: '' }
  child.stdout!.on('data', (text) => {
    answer.out += text
  })
  child.stderr!.on('data', (text) => {
    answer.err += text
  })
  const [code] = await once(child, 'close')
  return { code, ...answer }
}

async function countSucceeded({ assets }: Room): Promise<number> {
  const query = `select count(*)::int as n from ops.partition_runs where status = 'succeeded'`
  return (await assets.rows<{ n: number }>(query))[0]!.n
}

/** What is in every table, without the times at which it was written: rows in PostgreSQL, bytes in the lake. */
async function contentOf({ assets: { context, rows } }: Room): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {}
  for (const table of ['dim_store', 'dim_product', 'dim_price', 'fact_sales', 'fact_inventory', 'fact_foot_traffic']) {
    const [found] = await rows<{ n: number; digest: string }>(
      `select count(*)::int as n, md5(string_agg(line, ';' order by line)) as digest
       from (select (to_jsonb(t) - 'updated_at' - 'loaded_at')::text as line from analytics.${table} as t) as lines`,
    )
    content[table] = found
  }
  for (const name of (await context.lake.list()).filter((table) => table.startsWith('cleansed/'))) {
    const table = await context.lake.table(name)
    const files = [...(await table.snapshot()).files.keys()]
    const digests = files.map(async (path) => {
      const bytes = await context.objectStore.get(`${context.settings.lakePrefix}/${name}/${decodeURIComponent(path)}`)
      return createHash('sha256').update(bytes!).digest('hex')
    })
    content[name] = (await Promise.all(digests)).sort()
  }
  return content
}
