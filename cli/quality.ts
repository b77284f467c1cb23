import type { Command } from 'commander'
import { withConnection } from '../platform/duckdb/duckdb.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { changeLimit, listLimits, replayQuality } from '../services/data-quality/learned.ts'
import { readQualityReport } from '../services/data-quality/report.ts'
import { actor } from './acting.ts'
import { parseDateRange } from './arguments.ts'
import { withLake, withPool } from './connections.ts'
import { identify } from './identity.ts'
import { printChecks } from './ledger/show.ts'
import { percent, print, printJson, printTable } from './output.ts'
import { printProfile } from './profile.ts'

interface LimitFlags {
  score?: string
  change?: string
  why: string
  json?: boolean
}

export function register(program: Command): void {
  const quality = program
    .command('quality')
    .description('What checks found in a partition, and the checks that compare a day with its own past')
  quality
    .command('report <asset> <date>')
    .description('Show the checks of a partition with rows that fail them, and what its columns hold')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline quality report cleansed/sales 2017-01-05')
    .action(report)
  quality
    .command('limits')
    .description('List what is measured, and beyond which limits it is unusual')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline quality limits')
    .action(limits)
  quality
    .command('limit <measure>')
    .description('Change the limits of a measure')
    .option('--score <number>', 'Standard deviations from the median of the past')
    .option('--change <number>', 'Difference that matters: of a share as it is, else as a part of the median')
    .requiredOption('--why <text>', 'Why')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline quality limit lines --score 8 --why "small stores"')
    .action(limit)
  quality
    .command('replay')
    .description('Judge days of the past again and print how much was unusual: without faults these are false alarms')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline quality replay --from 2017-03-01 --to 2017-03-31')
    .action(replay)
}

async function report(asset: string, date: string, { json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const found = await withPool(settings, (pool) =>
    withLake(settings, ({ lake, duckdb }) =>
      withConnection(duckdb, (connection) => readQualityReport({ pool, lake, connection }, asset, date)),
    ),
  )
  if (json) return printJson(found)
  const { run, checks, profile } = found
  if (run === null) return print(`${asset} ${date} was never built`)
  print(
    `${asset} ${date}, run ${run}: ${checks.length} checks, ${checks.filter(({ passed }) => !passed).length} failed`,
  )
  printChecks(checks)
  print()
  if (profile === null) print('its rows are in PostgreSQL: only tables of the lake have a profile')
  else printProfile(`${asset} ${date}`, profile)
}

async function limits({ json }: { json?: boolean }): Promise<void> {
  const known = await withPool(loadSettings(), listLimits)
  if (json) return printJson({ limits: known })
  printTable(
    ['measure', 'score above', 'change above', 'days', 'meaning'],
    known.map(({ measure, scoreMax, changeMin, daysMin, meaning }) => [
      measure,
      String(scoreMax),
      percent(changeMin, 0),
      String(daysMin),
      meaning,
    ]),
  )
}

async function limit(measure: string, { score, change, why, json }: LimitFlags): Promise<void> {
  const wanted = {
    measure,
    ...(score !== undefined && { scoreMax: Number(score) }),
    ...(change !== undefined && { changeMin: Number(change) }),
    by: actor(),
    why,
  }
  const changed = await withPool(loadSettings(), (pool) => changeLimit(pool, wanted))
  if (json) return printJson(changed)
  print(
    `${measure} is unusual above ${changed.scoreMax} standard deviations and a change of ${percent(changed.changeMin, 0)}`,
  )
}

async function replay({ json, ...flags }: { from: string; to: string; json?: boolean }): Promise<void> {
  const range = parseDateRange(flags.from, flags.to)
  const replayed = await withPool(loadSettings(), (pool) => replayQuality(pool, range))
  if (json) return printJson(replayed)
  if (replayed.measures.length === 0) {
    return print(`no day from ${range.from} to ${range.to} has enough days before it; build more of them`)
  }
  printTable(
    ['measure', 'judged', 'unusual', 'share', 'days with an alert'],
    replayed.measures.map(({ measure, judged, unusual, alerts }) => [
      measure,
      String(judged),
      String(unusual),
      percent(unusual / judged, 2),
      `${alerts} of ${replayed.days}`,
    ]),
  )
}
