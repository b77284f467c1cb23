import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client'
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { applySchedules, declareSchedules } from '../workers/schedules.ts'
import { parseChoice } from './arguments.ts'
import { withTemporal } from './batch.ts'
import { print, printJson, printTable } from './output.ts'

interface Flags {
  json?: boolean
  quiet?: boolean
  note?: string
}

export function register(program: Command): void {
  const schedules = program.command('schedules').description('What runs by the clock')
  schedules
    .command('apply')
    .description('Make the schedules in Temporal what is declared; again changes nothing')
    .option('--quiet', 'Print only what changed')
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules apply')
    .action(apply)
  schedules
    .command('list')
    .description('Each schedule: when, the last run and the next')
    .option('--json', 'Print the schedules as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules list')
    .action(list)
  schedules
    .command('pause')
    .description('Start nothing by this schedule until it is resumed')
    .argument('<name>', names().join(', '))
    .option('--note <text>', 'Why, for whoever looks', 'paused by `shelfline schedules pause`')
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules pause daily-etl --note "stocktaking"')
    .action((name: string, { json, note }: Flags) =>
      change(name, 'paused', json, (client) => client.schedule.getHandle(name).pause(note)),
    )
  schedules
    .command('resume')
    .description('Let a paused schedule go on')
    .argument('<name>', names().join(', '))
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules resume daily-etl')
    .action((name: string, { json }: Flags) =>
      change(name, 'resumed', json, (client) => client.schedule.getHandle(name).unpause(noteOf(name))),
    )
  schedules
    .command('run')
    .description('Start what a schedule starts, now')
    .argument('<name>', names().join(', '))
    .option('--json', 'Print what was done as JSON')
    .addHelpText('after', '\nExample:\n  shelfline schedules run repair-late')
    .action((name: string, { json }: Flags) =>
      change(name, 'started', json, (client) => client.schedule.getHandle(name).trigger()),
    )
}

const declared = () => declareSchedules(loadSettings().timeZone)
/** Names need no settings: they are also shown by --help. */
const names = () => declareSchedules('UTC').map(({ name }) => name)
const noteOf = (name: string) => declared().find((declaration) => declaration.name === name)!.note

async function apply({ json, quiet }: Flags): Promise<void> {
  const settings = loadSettings()
  const applied = await withTemporal(settings, (client) => applySchedules(client, settings))
  if (json) return printJson({ schedules: applied })
  for (const { name, action } of applied) {
    if (!quiet || action !== 'unchanged') print(`${action.padEnd(10)} ${name}`)
  }
}

async function list({ json }: Flags): Promise<void> {
  const declarations = declared()
  const rows = await withTemporal(loadSettings(), (client) =>
    Promise.all(
      declarations.map(async (declaration) => summarise(declaration, await describe(client, declaration.name))),
    ),
  )
  if (json) return printJson({ schedules: rows })
  printTable(
    ['schedule', 'when', 'state', 'last run', 'next run', 'note'],
    rows.map(({ name, when, state, lastRunAt, nextRunAt, note }) => [
      ...[name, when, state, lastRunAt?.slice(0, 16), nextRunAt?.slice(0, 16), note],
    ]),
  )
}

function summarise({ name, when, note }: ReturnType<typeof declared>[number], found: ScheduleDescription | undefined) {
  return {
    name,
    when,
    state: found === undefined ? 'not applied' : found.state.paused ? 'paused' : 'active',
    lastRunAt: found?.info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    nextRunAt: found?.state.paused ? null : (found?.info.nextActionTimes[0]?.toISOString() ?? null),
    note: found?.state.note ?? note,
  }
}

async function describe(client: Client, name: string): Promise<ScheduleDescription | undefined> {
  try {
    return await client.schedule.getHandle(name).describe()
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined
    throw error
  }
}

async function change(
  name: string,
  done: string,
  json: boolean | undefined,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  parseChoice('schedule', name, names())
  try {
    await withTemporal(loadSettings(), work)
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
    throw new Error(`schedule ${name} is not in Temporal yet: \`shelfline schedules apply\``)
  }
  if (json) return printJson({ schedule: name, action: done })
  print(`${name} ${done}`)
}
