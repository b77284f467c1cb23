/** A training whose worker process is killed, and one that is cancelled, as they run: PostgreSQL, the lake and Temporal. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openTestAssets, type TestAssets } from '../activities/assets/framework/testing.ts'
import { listVersions } from '../activities/registry/versions.ts'
import { daysBetween } from '../contracts/calendar.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { BATCH_TASK_QUEUE, connectTemporal } from '../platform/temporal/temporal.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'

const ROOT = join(import.meta.dirname, '..')
const days = daysBetween('2024-03-08', '2024-04-20')
const LAST = days.at(-1)!

/** A guard against hanging: on a busy machine two workers start and train for minutes. */
const HANGING_MS = 6 * 60_000
vi.setConfig({ testTimeout: HANGING_MS })

let world: TestAssets
let client: Client
let environment: NodeJS.ProcessEnv
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  world = await openTestAssets()
  const { settings } = world.context
  const namespace = `test-${randomBytes(6).toString('hex')}`
  client = await connectTemporal({ ...settings, temporalNamespace: namespace })
  await registerNamespace(namespace)
  await ensureSearchAttributes(client, searchAttributeNames)
  environment = {
    ...process.env,
    SHELFLINE_HOME: settings.home,
    SHELFLINE_POSTGRES_URL: settings.postgresUrl,
    SHELFLINE_LAKE_PREFIX: settings.lakePrefix,
    SHELFLINE_TEMPORAL_NAMESPACE: namespace,
  }
  await world.addHistory({ lines: sales, origins: days.slice(7) })
}, 120_000)
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await client?.connection.close()
  await world?.close()
})

/** Eight products that sell by the weekday. */
const sales = `(
  select 's1' as store_id, 'p' || product as product_id, quantity, quantity * 2.5 as net_amount, 0 as discount_amount,
    false as is_promoted, (day + interval 12 hours)::timestamptz as known_at, day::date as date
  from (
    select product, day, (1 + (dayofweek(day) + product) % 7)::decimal(18, 6) as quantity
    from range(8) as products (product),
      range(date '${days[0]}', date '${LAST}' + 1, interval 1 day) as days (day)
  ))`

async function registerNamespace(namespace: string): Promise<void> {
  const { workflowService } = client.connection
  const retention = { seconds: 86_400 as never }
  await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
  const known = () =>
    workflowService.describeTaskQueue({ namespace, taskQueue: { name: BATCH_TASK_QUEUE }, taskQueueType: 1 })
  await vi.waitFor(known, { timeout: 30_000, interval: 200 })
}

function startWorker(): ChildProcess {
  const worker = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker', 'batch'], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  workers.add(worker)
  return worker
}

const train = (workflowId: string) =>
  client.workflow.start('trainModels', {
    taskQueue: BATCH_TASK_QUEUE,
    workflowId,
    args: [{ date: LAST, models: ['demand'], horizonDays: 14 }],
  })

/** Waits until a training is under way, with the step of its heartbeat. */
async function untilTraining(workflowId: string): Promise<void> {
  const isTraining = async () => {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe()
    if (status.name !== 'RUNNING') throw new Error(`${workflowId} is ${status.name} before it was seen at work`)
    const [pending] = raw.pendingActivities ?? []
    return (pending?.heartbeatDetails?.payloads?.length ?? 0) > 0
  }
  await expect.poll(isTraining, { timeout: HANGING_MS / 3, interval: 50 }).toBe(true)
}

const versions = async () => (await listVersions(world.context.pool, 'demand', 10)).map(({ version }) => version)

test('a training whose worker is killed is started again by another, and registered once', async () => {
  const doomed = startWorker()
  const handle = await train('train-killed')
  await untilTraining('train-killed')
  doomed.kill('SIGKILL')
  await once(doomed, 'exit')
  expect(await versions()).toEqual([])
  startWorker()
  await expect(handle.result()).resolves.toMatchObject({ date: LAST, partitions: 1 })
  expect(await versions()).toEqual([1])
  const history = await handle.fetchHistory()
  const attempts = history.events!.flatMap(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? [])
  expect(Math.max(...attempts)).toBe(2)
})
