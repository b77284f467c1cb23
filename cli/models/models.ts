import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { extname } from 'node:path'
import type { Command } from 'commander'
import { readEvidence } from '../../activities/registry/evidence.ts'
import {
  findChampion,
  listVersions,
  type MetricRow,
  promote,
  readHistory,
  readMetrics,
  readVersion,
  type VersionDetails,
} from '../../activities/registry/versions.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../batch.ts'
import { formatDuration, print, printJson, printTable, UsageError } from '../output.ts'
import { cardHtml, cardMarkdown } from './card.ts'

interface Flags {
  json?: boolean
  out?: string
  limit: string
  at?: string
  reason?: string
}

const LIMIT_DEFAULT = '20'

export function register(program: Command): void {
  const models = program.command('models').description('The registry of models: versions, errors, who is champion')
  models
    .command('list')
    .description('Versions, newest first: how well each does beside the way without a model, and what was decided')
    .argument('[model]', 'Only this model')
    .option('--limit <count>', 'Versions at most', LIMIT_DEFAULT)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline models list demand')
    .action(list)
  models
    .command('show')
    .description('What a version was made from, how, and how well it forecasts')
    .argument('<version>', 'MODEL@VERSION, or MODEL for the champion')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline models show demand@3')
    .action(show)
  models
    .command('compare')
    .description('Two versions side by side: errors by segment and days ahead, and what orders by each would have cost')
    .argument('<version>', 'MODEL@VERSION')
    .argument('<other>', 'MODEL@VERSION of the same model')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline models compare demand@3 demand@4')
    .action(compare)
  models
    .command('card')
    .description('A model card: plots, metrics and lineage of a version')
    .argument('<version>', 'MODEL@VERSION, or MODEL for the champion')
    .option('--out <file>', 'An .html or .md file; left out: Markdown without plots is printed')
    .option('--json', 'Print the card, and where it was written, as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models card demand@3 --out demand-3.html')
    .action(card)
  models
    .command('promote')
    .description('Make a version the champion')
    .argument('<version>', 'MODEL@VERSION')
    .requiredOption('--reason <text>', 'Why; it is kept')
    .option('--json', 'Print the champion as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models promote demand@3 --reason "Christmas is in its data"')
    .action(promoteVersion)
  models
    .command('rollback')
    .description('Make the champion before the present one champion again')
    .argument('<model>')
    .requiredOption('--reason <text>', 'Why; it is kept')
    .option('--json', 'Print the champion as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models rollback demand --reason "too high after the holidays"')
    .action(rollback)
  models
    .command('history')
    .description('Who was champion since when, newest first')
    .argument('<model>')
    .option('--at <instant>', 'Only who was champion then, e.g. 2024-05-01 or 2024-05-01T12:00:00Z')
    .option('--limit <count>', 'Changes at most', LIMIT_DEFAULT)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline models history demand --at 2024-05-01')
    .action(history)
}

async function list(model: string | undefined, { limit, json }: Flags): Promise<void> {
  const count = parseCount('--limit', limit)
  await withPool(loadSettings(), async (pool) => {
    const versions = await listVersions(pool, model, count)
    if (json) return printJson({ versions })
    if (versions.length === 0)
      return print(
        `no ${model === undefined ? 'model' : `version of ${model}`} was trained yet: \`shelfline run train-models --date …\``,
      )
    printTable(
      ['version', '', 'trained through', 'rows', 'metric', 'value', 'without a model'],
      versions.map((each) => [
        ...[`${each.model}@${each.version}`, each.isChampion ? 'champion' : '', each.trainedThrough],
        ...[each.trainingRows, each.metric, each.value?.toFixed(4)],
        each.naiveValue === null ? '' : `${each.naiveValue.toFixed(4)} ${each.naiveWay}`,
      ]),
    )
    print('More is better for auc and recall_10, less for wape, brier and pinball.')
    for (const { model: name, version, decision } of versions) print(`${name}@${version} ${decision}`)
  })
}

async function show(text: string, { json }: Flags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const named = await namedVersion(pool, text)
    const { model, version } = named
    const details = await requireVersion(pool, named)
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

/** One line for each metric of a horizon and segment: what the version predicts with, beside the others that were measured. */
function printMetrics(metrics: readonly MetricRow[]): void {
  const candidates = [...new Set(metrics.map(({ candidate }) => candidate))].sort(
    (one, other) => Number(other === 'chosen') - Number(one === 'chosen') || one.localeCompare(other),
  )
  const keyOf = ({ horizon, segment, metric }: MetricRow) => JSON.stringify([horizon, segment, metric])
  const lines = Map.groupBy(metrics, keyOf)
  printTable(
    ['cases', 'segment', 'rows', 'metric', ...candidates],
    [...lines.values()].map((own) => {
      const { horizon, segment, rows, metric } = own[0]!
      const values = candidates.map((name) => own.find(({ candidate }) => candidate === name)?.value.toFixed(4))
      return [horizon, segment, rows, metric, ...values]
    }),
  )
}

interface Compared {
  horizon: string
  segment: string
  metric: string
  one: number | undefined
  other: number | undefined
}

async function compare(text: string, otherText: string, { json }: Flags): Promise<void> {
  const [one, other] = [parseVersion(text), parseVersion(otherText)]
  if (one.model !== other.model) throw new UsageError(`${text} and ${otherText} are not versions of the same model`)
  await withPool(loadSettings(), async (pool) => {
    const [first, second] = [await requireVersion(pool, one), await requireVersion(pool, other)]
    const metrics = compareMetrics(
      await readMetrics(pool, one.model, one.version),
      await readMetrics(pool, other.model, other.version),
    )
    if (json) return printJson({ versions: [first, second], metrics })
    for (const { version, trainedThrough, decision } of [first, second]) {
      print(`${one.model}@${version}, through ${trainedThrough}: ${decision}`)
    }
    if (first.trainedThrough !== second.trainedThrough) {
      print('Each was measured on the last days of its own training: errors differ by their days, too.')
    }
    printTable(
      ['cases', 'segment', 'metric', text, otherText, 'change'],
      metrics.map((row) => [
        ...[row.horizon, row.segment, row.metric, row.one?.toFixed(4), row.other?.toFixed(4)],
        row.one && row.other !== undefined ? `${(100 * (row.other / row.one - 1)).toFixed(1)} %` : '',
      ]),
    )
  })
}

/** What either version predicts with; of orders, what they cost by each, where they were replayed. */
function compareMetrics(one: readonly MetricRow[], other: readonly MetricRow[]): Compared[] {
  const keyOf = ({ horizon, segment, metric }: MetricRow) => JSON.stringify([horizon, segment, metric])
  const chosen = (rows: readonly MetricRow[]) =>
    new Map(rows.filter(({ candidate }) => candidate === 'chosen').map((row) => [keyOf(row), row.value]))
  const [ours, theirs] = [chosen(one), chosen(other)]
  return [...new Set([...ours.keys(), ...theirs.keys()])].map((key) => {
    const [horizon, segment, metric] = JSON.parse(key) as [string, string, string]
    return { horizon, segment, metric, one: ours.get(key), other: theirs.get(key) }
  })
}

const CARD_FORMATS = { '.html': cardHtml, '.md': cardMarkdown } as const

async function card(text: string, { out, json }: Flags): Promise<void> {
  const format = out === undefined ? '.md' : extname(out)
  const render = CARD_FORMATS[format as keyof typeof CARD_FORMATS]
  if (render === undefined) throw new UsageError(`--out ${out} is neither an .html nor an .md file`)
  const settings = loadSettings()
  await withPool(settings, async (pool) => {
    const named = await namedVersion(pool, text)
    const details = await requireVersion(pool, named)
    const objectStore = createObjectStore(settings)
    try {
      const content = render({
        model: named.model,
        details,
        metrics: await readMetrics(pool, named.model, named.version),
        isChampion: (await findChampion(pool, named.model))?.version === named.version,
        evidence: await readEvidence(objectStore, details.artefact),
      })
      if (out !== undefined) writeFileSync(out, content)
      if (json) return printJson({ ...named, out: out ?? null, ...(out === undefined && { content }) })
      print(out === undefined ? content : `${named.model}@${named.version}: ${out}`)
    } finally {
      objectStore.close()
    }
  })
}

interface NamedVersion {
  model: string
  version: number
}

const namedVersion = (pool: Pool, text: string): Promise<NamedVersion> | NamedVersion =>
  text.includes('@') ? parseVersion(text) : championOf(pool, text)

async function requireVersion(pool: Pool, { model, version }: NamedVersion): Promise<VersionDetails> {
  const details = await readVersion(pool, model, version)
  if (details === undefined) throw new UsageError(`model ${model} has no version ${version}; \`shelfline models list\``)
  return details
}

async function promoteVersion(text: string, { reason, json }: Flags): Promise<void> {
  const named = parseVersion(text)
  await withPool(loadSettings(), async (pool) => {
    await requireVersion(pool, named)
    if ((await findChampion(pool, named.model))?.version === named.version) {
      throw new UsageError(`${text} is champion already`)
    }
    await makeChampion(pool, named, reason!, json)
  })
}

async function rollback(model: string, { reason, json }: Flags): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const [present, ...before] = await readHistory(pool, model, HISTORY_MAX)
    const previous = before.find(({ version }) => version !== present!.version)
    if (previous === undefined) throw new UsageError(`model ${model} had no champion before the present one`)
    await makeChampion(pool, { model, version: previous.version }, reason!, json)
  })
}

const HISTORY_MAX = 1_000

async function makeChampion(
  pool: Pool,
  { model, version }: NamedVersion,
  reason: string,
  json: boolean | undefined,
): Promise<void> {
  if (reason.trim() === '') throw new UsageError('--reason is empty: say why, it is kept')
  await promote(pool, { model, version, by: userInfo().username, reason })
  if (json) return printJson({ model, version, reason })
  print(`${model}@${version} is champion, and predicts from the next morning on`)
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
    if (changes.length === 0) return print(`${model} never had a champion; \`shelfline models list\``)
    printTable(
      ['since', 'champion', 'by', 'why'],
      changes.map(({ version, changedAt, changedBy, reason }) => [
        ...[changedAt.toISOString(), `${model}@${version}`, changedBy, reason],
      ]),
    )
  })
}

async function championOf(pool: Pool, model: string): Promise<NamedVersion> {
  const champion = await findChampion(pool, model)
  if (champion === undefined) throw new UsageError(`model ${model} has no champion; \`shelfline models list\``)
  return { model, version: champion.version }
}

function parseVersion(text: string): NamedVersion {
  const [, model, version] = /^([a-z_]+)@v?(\d{1,9})$/.exec(text) ?? []
  if (model === undefined) throw new UsageError(`"${text}" is not MODEL@VERSION, for example demand@3`)
  return { model, version: Number(version) }
}

function parseInstant(text: string): Date {
  const instant = new Date(text)
  if (Number.isNaN(instant.getTime())) throw new UsageError(`--at ${text} is not an instant, for example 2024-05-01`)
  return instant
}
