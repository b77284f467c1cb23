import { userInfo } from 'node:os'
import type { Command } from 'commander'
import {
  findChampion,
  listVersions,
  type MetricRow,
  promote,
  readHistory,
  readMetrics,
  readVersion,
} from '../activities/forecast-registry.ts'
import type { Pool } from '../platform/postgres.ts'
import { loadSettings } from '../platform/settings.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './batch.ts'
import { formatDuration, print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  json?: boolean
  limit: string
  at?: string
  reason?: string
}

const LIMIT_DEFAULT = '20'

export function register(program: Command): void {
  const models = program.command('models').description('the registry of models: versions, errors, who is champion')
  models
    .command('list')
    .description('versions, newest first, with their error beside the naive forecast')
    .argument('[model]', 'only this model')
    .option('--limit <count>', 'versions at most', LIMIT_DEFAULT)
    .option('--json', 'print JSON')
    .action(list)
  models
    .command('show')
    .description('what a version was made from, how, and how well it forecasts')
    .argument('<version>', 'MODEL@VERSION, or MODEL for the champion')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  shelfline models show demand@3')
    .action(show)
  models
    .command('promote')
    .description('make a version the champion')
    .argument('<version>', 'MODEL@VERSION')
    .requiredOption('--reason <text>', 'why; it is kept')
    .addHelpText('after', '\nExample:\n  shelfline models promote demand@3 --reason "Christmas is in its data"')
    .action(promoteVersion)
  models
    .command('rollback')
    .description('make the champion before the present one champion again')
    .argument('<model>')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(rollback)
  models
    .command('history')
    .description('who was champion since when, newest first')
    .argument('<model>')
    .option('--at <instant>', 'only who was champion then, e.g. 2024-05-01 or 2024-05-01T12:00:00Z')
    .option('--limit <count>', 'changes at most', LIMIT_DEFAULT)
    .option('--json', 'print JSON')
    .action(history)
}

async function list(model: string | undefined, { limit, json }: Flags): Promise<void> {
  const count = parseCount('--limit', limit)
  await withPool(loadSettings(), async (pool) => {
    const versions = await listVersions(pool, model, count)
    if (json) return printJson({ versions })
    if (versions.length === 0) return print('no model was trained yet: `shelfline run train-models --date …`')
    printTable(
      ['model', 'version', '', 'trained through', 'rows', 'WAPE', 'naive', 'decision'],
      versions.map((each) => [
        ...[each.model, String(each.version), each.isChampion ? 'champion' : '', each.trainedThrough],
        ...[each.trainingRows, each.wape?.toFixed(4), each.naiveWape?.toFixed(4), each.decision],
      ]),
    )
  })
}

async function show(text: string, { json }: Flags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const { model, version } = text.includes('@') ? parseVersion(text) : await championOf(pool, text)
    const details = await readVersion(pool, model, version)
    if (details === undefined)
      throw new UsageError(`model ${model} has no version ${version}; \`shelfline models list\``)
    const metrics = await readMetrics(pool, model, version)
    if (json) return printJson({ model, ...details, metrics })
    print(`${model}@${version}: ${details.decision}`)
    print(
      `trained on ${details.trainedFrom} to ${details.trainedThrough}, ${details.trainingRows} rows, seed ${details.seed},`,
    )
    print(`in ${formatDuration(details.durationMs)} by ${details.workflowId}; code ${details.codeVersion}`)
    print(`inputs ${JSON.stringify(details.inputs)}; artefact ${details.artefact}`)
    printMetrics(metrics)
  })
}

/** One line for each horizon and segment: what the version forecasts with, beside the naive forecast. */
function printMetrics(metrics: readonly MetricRow[]): void {
  const keys = [...new Set(metrics.map(({ horizon, segment }) => `${horizon} ${segment}`))]
  printTable(
    ['days ahead', 'segment', 'forecasts', 'WAPE', 'naive', 'bias', 'MASE', 'pinball', '80 % covers'],
    keys.map((key) => {
      const [horizon, segment] = key.split(' ') as [string, string]
      const own = metrics.filter((row) => row.horizon === horizon && row.segment === segment)
      const value = (metric: string, candidate = 'chosen') =>
        own.find((row) => row.metric === metric && row.candidate === candidate)?.value.toFixed(4)
      return [
        ...[horizon, segment, own[0]!.rows, value('wape'), value('wape', 'seasonal_naive')],
        ...[value('bias'), value('mase'), value('pinball'), value('coverage_80')],
      ]
    }),
  )
}

async function promoteVersion(text: string, { reason }: Flags): Promise<void> {
  const { model, version } = parseVersion(text)
  await withPool(loadSettings(), (pool) => makeChampion(pool, model, version, reason!))
}

async function rollback(model: string, { reason }: Flags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const [present, ...before] = await readHistory(pool, model, HISTORY_MAX)
    const previous = before.find(({ version }) => version !== present!.version)
    if (previous === undefined) throw new UsageError(`model ${model} had no champion before the present one`)
    await makeChampion(pool, model, previous.version, reason!)
  })
}

const HISTORY_MAX = 1_000

async function makeChampion(pool: Pool, model: string, version: number, reason: string): Promise<void> {
  await promote(pool, { model, version, by: userInfo().username, reason })
  print(`${model}@${version} is champion; forecasts of the next morning are its own`)
}

async function history(model: string, { at, limit, json }: Flags): Promise<void> {
  const count = parseCount('--limit', limit)
  await withPool(loadSettings(), async (pool) => {
    if (at !== undefined) {
      const champion = await findChampion(pool, model, parseInstant(at))
      if (json) return printJson({ champion: champion ?? null })
      return print(champion ? `${model}@${champion.version}` : `${model} had no champion at ${at}`)
    }
    const changes = await readHistory(pool, model, count)
    if (json) return printJson({ changes })
    printTable(
      ['since', 'champion', 'by', 'why'],
      changes.map(({ version, changedAt, changedBy, reason }) => [
        ...[changedAt.toISOString(), `${model}@${version}`, changedBy, reason],
      ]),
    )
  })
}

async function championOf(pool: Pool, model: string): Promise<{ model: string; version: number }> {
  const champion = await findChampion(pool, model)
  if (champion === undefined) throw new UsageError(`model ${model} has no champion; \`shelfline models list\``)
  return { model, version: champion.version }
}

function parseVersion(text: string): { model: string; version: number } {
  const [, model, version] = /^([a-z_]+)@v?(\d+)$/.exec(text) ?? []
  if (model === undefined) throw new UsageError(`"${text}" is not MODEL@VERSION, for example demand@3`)
  return { model, version: Number(version) }
}

function parseInstant(text: string): Date {
  const instant = new Date(text)
  if (Number.isNaN(instant.getTime())) throw new UsageError(`--at ${text} is not an instant, for example 2024-05-01`)
  return instant
}
