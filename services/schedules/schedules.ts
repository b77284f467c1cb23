/** What runs by the clock, as Temporal has it now. */

import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client'
import { recordAction } from '../../platform/postgres/audit.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError } from '../errors.ts'
import { requireChoice, requireWhy } from '../values.ts'
import { declareSchedules, type ScheduleDeclaration } from './declarations.ts'

export interface ScheduleDependencies {
  temporal: Client
  /** Of the audit log. */
  pool: Pool
  /** In which times of day are read. */
  timeZone: string
}

export interface ScheduleSummary {
  name: string
  /** For people: `08:00 every day (UTC)`. */
  when: string
  state: 'active' | 'paused' | 'not applied'
  /** ISO 8601; null when it has not run, or does not run. */
  lastRunAt: string | null
  nextRunAt: string | null
  /** What it does; of a paused one why it is paused. */
  note: string
}

/** Every schedule that is declared. */
export function listSchedules({ temporal, timeZone }: Omit<ScheduleDependencies, 'pool'>): Promise<ScheduleSummary[]> {
  return Promise.all(
    declareSchedules(timeZone).map(async (declaration) =>
      summaryOf(declaration, await describe(temporal, declaration.name)),
    ),
  )
}

function summaryOf({ name, when, note }: ScheduleDeclaration, found: ScheduleDescription | undefined): ScheduleSummary {
  return {
    name,
    when,
    state: found === undefined ? 'not applied' : found.state.paused ? 'paused' : 'active',
    lastRunAt: found?.info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    nextRunAt: found?.state.paused ? null : (found?.info.nextActionTimes[0]?.toISOString() ?? null),
    note: found?.state.note ?? note,
  }
}

async function describe(temporal: Client, name: string): Promise<ScheduleDescription | undefined> {
  try {
    return await temporal.schedule.getHandle(name).describe()
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined
    throw error
  }
}

export interface ScheduleChange {
  schedule: string
  /** `unchanged`: it was paused already, or was not paused. */
  action: 'paused' | 'resumed' | 'started' | 'unchanged'
}

/**
 * Starts nothing by a schedule until it is resumed.
 *
 * @param why 1 to 500 characters, shown with who as the schedule's note
 * @throws InvalidError naming the schedules when there is no such one, or the reason is none
 * @throws ConflictError when the schedules were not applied yet
 */
export async function pauseSchedule(
  dependencies: ScheduleDependencies,
  { name, by, why }: { name: string; by: Actor; why?: string | undefined },
): Promise<ScheduleChange> {
  if (why !== undefined) requireWhy(why)
  const { paused } = await requireSchedule(dependencies, name)
  if (paused) return { schedule: name, action: 'unchanged' }
  await recordAction(dependencies.pool, { action: 'pause', object: 'schedule', id: name, after: { why } })
  await dependencies.temporal.schedule.getHandle(name).pause(why === undefined ? `paused by ${by}` : `${why} (${by})`)
  return { schedule: name, action: 'paused' }
}

/** Lets a paused schedule start runs again. @throws as `pauseSchedule` does */
export async function resumeSchedule(dependencies: ScheduleDependencies, name: string): Promise<ScheduleChange> {
  const { paused, declaration } = await requireSchedule(dependencies, name)
  if (!paused) return { schedule: name, action: 'unchanged' }
  await recordAction(dependencies.pool, { action: 'resume', object: 'schedule', id: name })
  await dependencies.temporal.schedule.getHandle(name).unpause(declaration.note)
  return { schedule: name, action: 'resumed' }
}

/** Starts now what a schedule starts, also while it is paused. @throws as `pauseSchedule` does */
export async function runSchedule(dependencies: ScheduleDependencies, name: string): Promise<ScheduleChange> {
  await requireSchedule(dependencies, name)
  await recordAction(dependencies.pool, { action: 'run', object: 'schedule', id: name })
  await dependencies.temporal.schedule.getHandle(name).trigger()
  return { schedule: name, action: 'started' }
}

async function requireSchedule(
  { temporal, timeZone }: Omit<ScheduleDependencies, 'pool'>,
  name: string,
): Promise<{ paused: boolean; declaration: ScheduleDeclaration }> {
  const declared = declareSchedules(timeZone)
  requireChoice(
    'schedule',
    name,
    declared.map((each) => each.name),
  )
  const found = await describe(temporal, name)
  if (found === undefined) {
    throw new ConflictError(`schedule ${name} is not in Temporal yet`, {
      fix: '`shelfline schedules apply` creates it',
    })
  }
  return { paused: found.state.paused, declaration: declared.find((each) => each.name === name)! }
}
