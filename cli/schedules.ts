import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { applySchedules, declareSchedules } from '../services/schedules/declarations.ts'
import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  type ScheduleChange,
  type ScheduleDependencies,
} from '../services/schedules/schedules.ts'
import { actor } from './acting.ts'
import { withPool, withTemporal } from './connections.ts'
import { identify } from './identity.ts'
import { print, printJson, printTable } from './output.ts'

interface Flags {
  json?: boolean
}

export function register(program: Command): void {
  const schedules = program.command('schedules').description('The schedules in Temporal: what runs, and when')
  schedules
    .command('apply')
    .hook('preAction', identify)
    .description('Create the schedules in Temporal and correct those that differ; safe to repeat')
    .option('--quiet', 'Print only changes')
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules apply')
    .action(apply)
  schedules
    .command('list')
    .description('List the schedules: when, the last run and the next')
    .option('--json', 'Print the schedules as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules list')
    .action(list)
  named(schedules.command('pause'))
    .description('Pause a schedule: it starts no runs until it is resumed')
    .option('--why <text>', 'Reason, shown in the list')
    .hook('preAction', identify)
    .addHelpText('after', '\nExample:\n  shelfline schedules pause daily-etl --why "stocktaking"')
    .action((name: string, { why, ...flags }: Flags & { why?: string }) =>
      change(flags, (open) => pauseSchedule(open, { name, why, by: actor() })),
    )
  named(schedules.command('resume'))
    .hook('preAction', identify)
    .description('Resume a paused schedule')
    .addHelpText('after', '\nExample:\n  shelfline schedules resume daily-etl')
    .action((name: string, flags: Flags) => change(flags, (open) => resumeSchedule(open, name)))
  named(schedules.command('run'))
    .hook('preAction', identify)
    .description('Start a run of a schedule now')
    .addHelpText('after', '\nExample:\n  shelfline schedules run repair-late')
    .action((name: string, flags: Flags) => change(flags, (open) => runSchedule(open, name)))
}

/** Names need no settings: they are also shown by --help. */
const names = () => declareSchedules('UTC').map(({ name }) => name)

const named = (command: Command): Command =>
  command.argument('<name>', `One of ${names().join(', ')}`).option('--json', 'Print the result as JSON')

async function inTemporal<Result>(
  work: (open: Omit<ScheduleDependencies, 'pool'>) => Promise<Result>,
): Promise<Result> {
  const settings = loadSettings()
  return withTemporal(settings, (temporal) => work({ temporal, timeZone: settings.timeZone }))
}

async function apply({ json, quiet }: Flags & { quiet?: boolean }): Promise<void> {
  const applied = await inTemporal(({ temporal, timeZone }) => applySchedules(temporal, { timeZone }))
  if (json) return printJson({ schedules: applied })
  for (const { name, action } of applied) {
    if (!quiet || action !== 'unchanged') print(`${action.padEnd(10)} ${name}`)
  }
}

async function list({ json }: Flags): Promise<void> {
  const schedules = await inTemporal(listSchedules)
  if (json) return printJson({ schedules })
  printTable(
    ['schedule', 'when', 'state', 'last run', 'next run', 'note'],
    schedules.map(({ name, when, state, lastRunAt, nextRunAt, note }) => [
      name,
      when,
      state,
      minute(lastRunAt),
      minute(nextRunAt),
      note,
    ]),
  )
}

const minute = (instant: string | null) => instant?.slice(0, 16).replace('T', ' ')

const unchanged = 'had this state before; nothing changed'

async function change({ json }: Flags, work: (open: ScheduleDependencies) => Promise<ScheduleChange>): Promise<void> {
  const changed = await withPool(loadSettings(), (pool) => inTemporal((open) => work({ ...open, pool })))
  if (json) return printJson(changed)
  print(`${changed.schedule} ${changed.action === 'unchanged' ? unchanged : changed.action}`)
}
