/** What tests of workflows share: a server that skips time, and a worker whose activities are plain functions. */
import { randomUUID } from 'node:crypto'
import { WorkflowClient, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import pRetry from 'p-retry'
import type { BackfillActivities } from '../activities/backfill/backfill.ts'
import type { PartitionActivities } from '../activities/backfill/partitions.ts'
import type { DataQualityActivities } from '../activities/data-quality/data-quality.ts'
import type { MaintenanceActivities } from '../activities/data-quality/maintenance.ts'
import type { ForecastActivities } from '../activities/forecasting/forecasts.ts'
import type { OrderNewsActivities } from '../activities/purchase-orders/news.ts'
import type { PurchaseOrderActivities } from '../activities/purchase-orders/purchase-order.ts'
import type { OrderSendingActivities } from '../activities/purchase-orders/sending.ts'
import type { ReplenishmentActivities } from '../activities/replenishment/replenishment.ts'
import type { PowerBiActivities } from '../activities/reports/power-bi.ts'
import { createLogger } from '../platform/log.ts'
import { instanceHome } from '../platform/settings/settings.ts'
import { addSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { temporalTestServer } from '../scripts/stack/temporal-test-server.ts'
import type * as workflows from '../workflows/index.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'
import { prepareWorkflowBundle } from './workflow-bundle.ts'

export type Activities = PartitionActivities &
  BackfillActivities &
  DataQualityActivities &
  MaintenanceActivities &
  PurchaseOrderActivities &
  OrderNewsActivities &
  OrderSendingActivities &
  ReplenishmentActivities &
  PowerBiActivities &
  ForecastActivities
type WorkflowName = keyof typeof workflows

export interface WorkflowBench {
  /** While it waits for a result, the server skips time: of every workflow, and also under a step that is being taken. */
  client: WorkflowClient
  /** Waits for results without skipping time. */
  realTimeClient: WorkflowClient
  /** Lets this much time pass for the server, in the time that it takes to skip it. */
  pass(milliseconds: number): Promise<void>
  /** Runs `work` with a worker that has these activities, on a task queue of its own. */
  withActivities<Result>(
    activities: Partial<Activities>,
    work: (start: StartWorkflow, taskQueue: string) => Promise<Result>,
  ): Promise<Result>
  close(): Promise<void>
}

export type StartWorkflow = <Name extends WorkflowName>(
  name: Name,
  ...args: Parameters<(typeof workflows)[Name]>
) => Promise<WorkflowHandleWithFirstExecutionRunId<(typeof workflows)[Name]>>

const silent = new DefaultLogger('ERROR', () => undefined)

export async function createWorkflowBench(): Promise<WorkflowBench> {
  Runtime.install({ logger: silent })
  const workflowBundle = await prepareWorkflowBundle(instanceHome(), createLogger({ logLevel: 'silent' }, 'test'))
  const path = await temporalTestServer()
  // The SDK gives the server, which is a Java process, five seconds to start: too few on a busy machine.
  const environment = await pRetry(
    () => TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } }),
    { retries: 4, minTimeout: 1_000 },
  )
  // This server can't list them.
  await addSearchAttributes(environment.client, searchAttributeNames)
  return {
    client: environment.client.workflow,
    realTimeClient: new WorkflowClient({ connection: environment.connection }),
    pass: (milliseconds) => environment.sleep(milliseconds),
    withActivities: (activities, work) => runWith(environment, workflowBundle, activities, work),
    close: () => environment.teardown(),
  }
}

async function runWith<Result>(
  environment: TestWorkflowEnvironment,
  workflowBundle: WorkflowBundleOption,
  activities: Partial<Activities>,
  work: (start: StartWorkflow, taskQueue: string) => Promise<Result>,
): Promise<Result> {
  const taskQueue = `test-${randomUUID()}`
  const { nativeConnection: connection } = environment
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities })
  const start: StartWorkflow = (name, ...args) =>
    environment.client.workflow.start(name, { taskQueue, workflowId: `${name}-${randomUUID()}`, args } as never)
  return worker.runUntil(() => work(start, taskQueue))
}
