/** What runs by the clock: declared here, and applied by `shelfline schedules apply`. */
import { createHash } from 'node:crypto'
import {
  type Client,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client'
import { BACKFILL_TASK_QUEUE, BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import type * as workflows from '../../workflows/index.ts'
import { describedBy } from '../../workflows/search-attributes.ts'
import { prepareNamespace } from '../temporal.ts'

const EVERY_MINUTE = 'every minute'

export interface ScheduleDeclaration {
  /** The schedule's name, and the pipeline that its workflows are found by. */
  name: string
  workflow: keyof typeof workflows
  taskQueue: string
  spec: ScheduleSpec
  /** For people: "08:00 every day". */
  when: string
  /** What happens when the run before is still under way. */
  overlap: ScheduleOverlapPolicy
  /** Runs that were missed while the server was away are started later when they are no older than this. */
  catchupWindow: '1 day' | '1 hour' | '10 minutes' | '1 minute'
  pauseOnFailure: boolean
  note: string
}

/**
 * Times of day are read in `timeZone`. None lies before 04:00: there clocks change, and a time that spring leaves out is not run
 * that day, one that autumn repeats is run twice.
 */
export function declareSchedules(timeZone: string): readonly ScheduleDeclaration[] {
  const daily = (hour: number, minute: number) => ({
    spec: { calendars: [{ hour, minute }], timezone: timeZone },
    when: `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')} every day (${timeZone})`,
  })
  return [
    {
      name: 'daily-etl',
      workflow: 'dailyEtl',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(8, 0),
      // Two days are two runs: the later one waits, and none is left out.
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      catchupWindow: '1 day',
      // A bad day must not stop the next: its partitions are failed in the ledger and wait for a backfill.
      pauseOnFailure: false,
      note: 'Builds every asset for the day before.',
    },
    {
      name: 'feature-engineering',
      workflow: 'featureEngineering',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(9, 0),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      catchupWindow: '1 day',
      pauseOnFailure: false,
      note: 'Builds the features of the day before.',
    },
    {
      name: 'batch-prediction',
      workflow: 'batchPrediction',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(10, 0),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
      catchupWindow: '1 day',
      pauseOnFailure: false,
      note: "Forecasts from the day before's features.",
    },
    {
      name: 'replenishment',
      workflow: 'replenishment',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(10, 30),
      // It plans from what is on hand now: a day that was missed is in the next one's position.
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 hour',
      pauseOnFailure: false,
      note: 'Drafts the orders to suppliers and starts their approval.',
    },
    {
      name: 'minute-jobs',
      workflow: 'minuteJobs',
      taskQueue: BATCH_TASK_QUEUE,
      spec: { intervals: [{ every: '1 minute' }] },
      when: EVERY_MINUTE,
      overlap: ScheduleOverlapPolicy.SKIP,
      // What was missed is seen by the next run: the jobs look at what is, not at what happened.
      catchupWindow: '1 minute',
      pauseOnFailure: false,
      note: 'Decides holds, restocking, markdowns, removals and alerts from the live state.',
    },
    {
      name: 'stock-out-risk',
      workflow: 'stockOutRisk',
      taskQueue: BATCH_TASK_QUEUE,
      // Apart from the minute jobs, which must not wait while a store's demand is learnt.
      spec: { intervals: [{ every: '1 minute', offset: '30 seconds' }] },
      when: EVERY_MINUTE,
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 minute',
      pauseOnFailure: false,
      note: 'Estimates whether each product can be bought, and lasts until the next delivery.',
    },
    {
      name: 'notify',
      workflow: 'notify',
      taskQueue: BATCH_TASK_QUEUE,
      // After the minute jobs have looked for alerts.
      spec: { intervals: [{ every: '1 minute', offset: '15 seconds' }] },
      when: EVERY_MINUTE,
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 minute',
      pauseOnFailure: false,
      note: 'Sends alerts, approvals and the morning summary, each at the time of its route.',
    },
    {
      name: 'order-news',
      workflow: 'orderNews',
      taskQueue: BATCH_TASK_QUEUE,
      spec: { intervals: [{ every: '1 minute', offset: '15 seconds' }] },
      when: EVERY_MINUTE,
      overlap: ScheduleOverlapPolicy.SKIP,
      // What was not reported yet is reported by the next run.
      catchupWindow: '1 minute',
      pauseOnFailure: false,
      note: 'Reports deliveries to the workflows of orders, and starts those that were lost.',
    },
    {
      name: 'train-models',
      workflow: 'trainModels',
      taskQueue: BATCH_TASK_QUEUE,
      spec: { calendars: [{ dayOfWeek: 'SUNDAY', hour: 4, minute: 0 }], timezone: timeZone },
      when: `04:00 every Sunday (${timeZone})`,
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 day',
      pauseOnFailure: false,
      note: 'Trains the models and promotes those that are better.',
    },
    {
      name: 'data-quality',
      workflow: 'dataQuality',
      taskQueue: BATCH_TASK_QUEUE,
      spec: { intervals: [{ every: '1 hour', offset: '7 minutes' }] },
      when: 'every hour at :07',
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '10 minutes',
      pauseOnFailure: false,
      note: 'Checks for missing stores, stale assets, stopped streams and lost messages.',
    },
    {
      name: 'state-check',
      workflow: 'stateCheck',
      taskQueue: BATCH_TASK_QUEUE,
      // It reads the whole of the raw lake: at night, before the repair.
      ...daily(4, 0),
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 hour',
      pauseOnFailure: false,
      note: 'Recomputes the live state from the raw lake and compares the two.',
    },
    {
      name: 'privacy',
      workflow: 'privacy',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(4, 15),
      overlap: ScheduleOverlapPolicy.SKIP,
      // The next night does what this one has not.
      catchupWindow: '1 hour',
      pauseOnFailure: false,
      note: 'Ends what is kept of customers and in dead letters when its time is over, and reports it.',
    },
    {
      name: 'bi-refresh',
      workflow: 'biRefresh',
      taskQueue: BATCH_TASK_QUEUE,
      spec: { intervals: [{ every: '15 minutes' }] },
      when: 'every 15 minutes',
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '10 minutes',
      pauseOnFailure: false,
      note: 'Updates the sums that reports read.',
    },
    {
      name: 'repair-late',
      workflow: 'repairLate',
      taskQueue: BACKFILL_TASK_QUEUE,
      ...daily(5, 0),
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 hour',
      // What can't be repaired would fail again every night, and hide the night on which something new broke.
      pauseOnFailure: true,
      note: 'Rebuilds the partitions that late events have made stale.',
    },
    {
      name: 'ensure-partitions',
      workflow: 'ensurePartitions',
      taskQueue: BATCH_TASK_QUEUE,
      ...daily(4, 30),
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: '1 day',
      pauseOnFailure: false,
      note: 'Creates the partitions of the fact tables for the months to come.',
    },
  ]
}

/**
 * Where Temporal's Web UI lists the workflows that a person may look for: without those of jobs that run every minute, which
 * otherwise fill its first pages within the hour.
 */
export const workflowListUrl = (uiUrl: string, namespace: string): string =>
  `${uiUrl}/namespaces/${namespace}/workflows?query=${encodeURIComponent(withoutMinuteJobs())}`

/** In Temporal's own language of filters. */
export function withoutMinuteJobs(): string {
  const every = declareSchedules('UTC').filter(({ when }) => when === EVERY_MINUTE)
  return `WorkflowType NOT IN (${every.map(({ workflow }) => `'${workflow}'`).join(', ')})`
}

/** Marks a schedule as declared here, which distinguishes one that is no longer declared from a person's own. */
const OUR_MEMO = 'shelflineSchedule'
/** On the workflows it starts: which state of the declaration the schedule was made from. */
const DECLARATION_MEMO = 'declaration'

export interface AppliedSchedule {
  name: string
  action: 'created' | 'updated' | 'unchanged' | 'removed'
}

/** Makes the schedules in Temporal what is declared. Whether one is paused is a person's choice and stays. */
export async function applySchedules(client: Client, { timeZone }: { timeZone: string }): Promise<AppliedSchedule[]> {
  await prepareNamespace(client)
  const declared = declareSchedules(timeZone)
  const applied: AppliedSchedule[] = []
  for (const declaration of declared) {
    applied.push({ name: declaration.name, action: await applyOne(client, declaration) })
  }
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.[OUR_MEMO] === undefined || declared.some(({ name }) => name === scheduleId)) continue
    await client.schedule.getHandle(scheduleId).delete()
    applied.push({ name: scheduleId, action: 'removed' })
  }
  return applied
}

async function applyOne(client: Client, declaration: ScheduleDeclaration): Promise<AppliedSchedule['action']> {
  const options = optionsOf(declaration)
  const handle = client.schedule.getHandle(declaration.name)
  const existing = await handle.describe().catch((error: unknown) => {
    if (error instanceof ScheduleNotFoundError) return undefined
    throw error
  })
  if (existing === undefined) {
    await client.schedule.create(options)
    return 'created'
  }
  if (existing.action.memo?.[DECLARATION_MEMO] === options.action.memo?.[DECLARATION_MEMO]) return 'unchanged'
  await handle.update(({ state }) => ({
    ...options,
    state: { paused: state.paused, note: state.paused && state.note ? state.note : declaration.note },
  }))
  return 'updated'
}

function optionsOf(declaration: ScheduleDeclaration): ScheduleOptions {
  const { name, workflow, taskQueue, spec, overlap, catchupWindow, pauseOnFailure, note } = declaration
  return {
    scheduleId: name,
    spec,
    action: {
      type: 'startWorkflow',
      workflowType: workflow,
      // Temporal appends the time at which the run was due.
      workflowId: name,
      taskQueue,
      args: [],
      memo: { [DECLARATION_MEMO]: createHash('sha256').update(JSON.stringify(declaration)).digest('hex').slice(0, 16) },
      typedSearchAttributes: describedBy({ pipeline: name }),
    },
    policies: { overlap, catchupWindow, pauseOnFailure },
    state: { note },
    memo: { [OUR_MEMO]: true },
  }
}
