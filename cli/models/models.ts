import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { Command } from 'commander'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  type CardFormat,
  championAt,
  compareVersions,
  type MetricRow,
  makeCard,
  promoteVersion,
  readChampions,
  readVersions,
  rollBackModel,
  showVersion,
  type VersionReference,
} from '../../services/registry/versions.ts'
import { actor } from '../acting.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { identify } from '../identity.ts'
import { formatDuration, print, printJson, printTable, UsageError } from '../output.ts'

interface JsonFlag {
  json?: boolean
}

interface DecisionFlags extends JsonFlag {
  why: string
}

const LIMIT_DEFAULT = '20'

export function register(program: Command): void {
  const models = program
    .command('models')
    .description('The registry of models: versions, their errors, and the champion')
  models
    .command('list')
    .description(
      'List versions, the newest first: the error of each, that of the baseline without a model, and the decision',
    )
    .argument('[model]', 'Only of this model')
    .option('--limit <versions>', 'Number of versions at most', LIMIT_DEFAULT)
    .option('--json', 'Print the versions as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models list demand')
    .action(list)
  models
    .command('show')
    .description('Show the training data, parameters and metrics of a version')
    .argument('<version>', 'MODEL@VERSION, or MODEL for the champion')
    .option('--json', 'Print the version as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models show demand@3')
    .action(show)
  models
    .command('compare')
    .description('Compare two versions: errors by segment and days ahead, and the cost of orders with each')
    .argument('<version>', 'MODEL@VERSION')
    .argument('<other>', 'MODEL@VERSION of the same model')
    .option('--json', 'Print the comparison as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models compare demand@3 demand@4')
    .action(compare)
  models
    .command('card')
    .description('Write a model card: plots, metrics and lineage of a version')
    .argument('<version>', 'MODEL@VERSION, or MODEL for the champion')
    .option('--out <file>', 'An .html or .md file; default: print Markdown without plots')
    .option('--json', 'Print the card, and where it was written, as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models card demand@3 --out demand-3.html')
    .action(card)
  deciding(models.command('promote'))
    .description('Make a version the champion')
    .argument('<version>', 'MODEL@VERSION')
    .addHelpText('after', '\nExample:\n  shelfline models promote demand@3 --why "Christmas is in its data"')
    .action(promote)
  deciding(models.command('rollback'))
    .description('Make the previous champion the champion again')
    .argument('<model>', 'Name of the model')
    .addHelpText('after', '\nExample:\n  shelfline models rollback demand --why "too high after the holidays"')
    .action(rollback)
  models
    .command('history')
    .description('List the champions of a model, the newest first')
    .argument('<model>', 'Name of the model')
    .option('--at <instant>', 'Only the champion at this time (2024-05-01 or 2024-05-01T12:00:00Z)')
    .option('--limit <changes>', 'Number of changes at most', LIMIT_DEFAULT)
    .option('--json', 'Print the champions as JSON')
    .addHelpText('after', '\nExample:\n  shelfline models history demand --at 2024-05-01')
    .action(history)
}

const deciding = (command: Command): Command =>
  command
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .hook('preAction', identify)
    .option('--json', 'Print the champion as JSON')

async function list(model: string | undefined, flags: JsonFlag & { limit: string }): Promise<void> {
  const limit = parseCount('--limit', flags.limit)
  const versions = await withPool(loadSettings(), (pool) => readVersions(pool, { model, limit }))
  if (flags.json) return printJson({ versions })
  if (versions.length === 0) {
    const what = model === undefined ? 'no model' : `no version of ${model}`
    return print(`${what} was trained yet; \`shelfline run train-models --date … --wait\` trains the models`)
  }
  printTable(
    ['version', '', 'trained through', 'rows', 'metric', 'value', 'without a model'],
    versions.map((each) => [
      `${each.model}@${each.version}`,
      each.isChampion ? 'champion' : '',
      each.trainedThrough,
      each.trainingRows,
      each.metric,
      each.value?.toFixed(4),
      each.naiveValue === null ? '' : `${each.naiveValue.toFixed(4)} ${each.naiveWay}`,
    ]),
  )
  print('Higher is better for auc and recall_10, lower for wape, brier and pinball.')
  for (const { model: name, version, decision } of versions) print(`${name}@${version} ${decision}`)
}

async function show(text: string, { json }: JsonFlag): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => showVersion(pool, parseReference(text)))
  if (json) return printJson(found)
  const { model, version, metrics, ...details } = found
  print(`${model}@${version}: ${details.decision}`)
  print(
    `trained on ${details.trainedFrom} to ${details.trainedThrough}, ${details.trainingRows} rows, seed ${details.seed},`,
  )
  print(`in ${formatDuration(details.durationMs)} by ${details.workflowId}; code ${details.codeVersion}`)
  print(`inputs ${JSON.stringify(details.inputs)}; artefact ${details.artefact}`)
  printMetrics(metrics)
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

async function compare(text: string, otherText: string, { json }: JsonFlag): Promise<void> {
  const [one, other] = [parseVersion(text), parseVersion(otherText)]
  const compared = await withPool(loadSettings(), (pool) => compareVersions(pool, one, other))
  if (json) return printJson(compared)
  const [first, second] = compared.versions
  for (const { version, trainedThrough, decision } of [first, second]) {
    print(`${one.model}@${version}, through ${trainedThrough}: ${decision}`)
  }
  if (first.trainedThrough !== second.trainedThrough) {
    print('Each was measured on the last days of its own training, so their errors are of different days.')
  }
  printTable(
    ['cases', 'segment', 'metric', text, otherText, 'change'],
    compared.metrics.map((row) => [
      row.horizon,
      row.segment,
      row.metric,
      row.one?.toFixed(4),
      row.other?.toFixed(4),
      row.one && row.other !== undefined ? `${(100 * (row.other / row.one - 1)).toFixed(1)} %` : '',
    ]),
  )
}

const CARD_FORMATS: Record<string, CardFormat> = { '.html': 'html', '.md': 'markdown' }

async function card(text: string, { out, json }: JsonFlag & { out?: string }): Promise<void> {
  const format = CARD_FORMATS[out === undefined ? '.md' : extname(out)]
  if (format === undefined) throw new UsageError(`--out ${out} is neither an .html nor an .md file`)
  const settings = loadSettings()
  const objectStore = createObjectStore(settings)
  try {
    const { model, version, content } = await withPool(settings, (pool) =>
      makeCard({ pool, objectStore }, parseReference(text), format),
    )
    if (out !== undefined) writeFileSync(out, content)
    if (json) return printJson({ model, version, out: out ?? null, ...(out === undefined && { content }) })
    print(out === undefined ? content : `${model}@${version}: ${out}`)
  } finally {
    objectStore.close()
  }
}

async function promote(text: string, { why, json }: DecisionFlags): Promise<void> {
  const reference = parseVersion(text)
  await withPool(loadSettings(), (pool) => promoteVersion(pool, { ...reference, why, by: actor() }))
  report(reference, why, json)
}

async function rollback(model: string, { why, json }: DecisionFlags): Promise<void> {
  const champion = await withPool(loadSettings(), (pool) => rollBackModel(pool, { model, why, by: actor() }))
  report(champion, why, json)
}

function report({ model, version }: NumberedVersion, why: string, json: boolean | undefined): void {
  if (json) printJson({ model, version, reason: why })
  else print(`${model}@${version} is champion, and predicts from the next morning on`)
}

async function history(model: string, { at, limit, json }: JsonFlag & { at?: string; limit: string }): Promise<void> {
  const count = parseCount('--limit', limit)
  await withPool(loadSettings(), async (pool) => {
    if (at !== undefined) {
      const champion = await championAt(pool, model, at)
      if (json) return printJson({ champion: champion ?? null })
      return print(champion === undefined ? `${model} had no champion at ${at}` : `${model}@${champion.version}`)
    }
    const changes = await readChampions(pool, model, count)
    if (json) return printJson({ changes })
    if (changes.length === 0)
      return print(`${model} never had a champion; \`shelfline models list\` shows what there is`)
    printTable(
      ['since (UTC)', 'champion', 'by', 'why'],
      changes.map(({ version, changedAt, changedBy, reason }) => [
        changedAt.toISOString().slice(0, 19).replace('T', ' '),
        `${model}@${version}`,
        changedBy,
        reason,
      ]),
    )
  })
}

interface NumberedVersion {
  model: string
  version: number
}

const parseReference = (text: string): VersionReference => (text.includes('@') ? parseVersion(text) : { model: text })

function parseVersion(text: string): NumberedVersion {
  const [, model, version] = /^([a-z_]+)@v?(\d{1,9})$/.exec(text) ?? []
  if (model === undefined) throw new UsageError(`"${text}" is not MODEL@VERSION, for example demand@3`)
  return { model, version: Number(version) }
}
