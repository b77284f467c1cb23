/** A model card (Mitchell et al. 2019, Proceedings of FAT*): what a version is, how well it does, and what it was made from. */

import { type DecisionEvidence, type ModelEvidence, readEvidence } from '../../activities/registry/evidence.ts'
import type { MetricRow, VersionDetails } from '../../activities/registry/versions.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import { type Plot, plotsOf } from './plots.ts'

export type { Plot } from './plots.ts'

export interface CardContent {
  model: string
  details: VersionDetails
  metrics: readonly MetricRow[]
  isChampion: boolean
  /** Undefined for a version that was trained before evidence was kept. */
  evidence: ModelEvidence | undefined
}

/** One page of HTML that needs nothing else. */
export function cardHtml(card: CardContent): string {
  const { model, details, evidence, isChampion, metrics } = card
  const plots = evidence ? plotsOf(evidence, isClassifier(metrics)) : []
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${asHtml(model)}@${details.version}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${asHtml(model)}@${details.version}${isChampion ? ' <small>champion</small>' : ''}</h1>
<p>${asHtml(details.decision)}</p>
<p>${trained(details, evidence)}</p>
${evidence?.decision ? decisionSection(evidence.decision) : ''}
${plots.map(({ title, caption, svg }) => `<section><h2>${title}</h2>\n<p>${caption}</p>\n${svg}</section>`).join('\n')}
${evidence ? '' : '<p>This version was trained before plots were kept.</p>'}
<section><h2>Metrics</h2>\n${metricsTable(metrics)}</section>
<section><h2>Lineage</h2>\n${lineageTable(card)}</section>
</body>
</html>
`
}

/** The version knows all days: what was measured is a model that was trained in the same way, and knew fewer. */
function trained({ trainedFrom, trainedThrough }: VersionDetails, evidence: ModelEvidence | undefined): string {
  const all = `Trained on ${trainedFrom} to ${trainedThrough}.`
  if (!evidence) return all
  const { from, through } = evidence.measured
  return `${all} Measured on ${from} to ${through}, by a model that was trained in the same way without the days that measure it.`
}

const isClassifier = (metrics: readonly MetricRow[]): boolean => metrics.some(({ metric }) => metric === 'brier')

/** The plots of a version; none of one that was trained before evidence was kept. */
export async function readPlots(
  objectStore: ObjectStore,
  { artefact, metrics }: Pick<VersionDetails, 'artefact'> & { metrics: readonly MetricRow[] },
): Promise<Plot[]> {
  const evidence = await readEvidence(objectStore, artefact)
  return evidence === undefined ? [] : plotsOf(evidence, isClassifier(metrics))
}

/** The same in Markdown, with the plots as files beside it or left out. */
export function cardMarkdown({ model, details, metrics, isChampion, evidence }: CardContent): string {
  const rows = chosenRows(metrics)
  const decision = evidence?.decision
  return [
    `# ${model}@${details.version}${isChampion ? ' (champion)' : ''}`,
    details.decision,
    trained(details, evidence),
    ...(decision
      ? ['## Orders, replayed', replayed(decision), markdownTable(decisionHead, decisionRows(decision))]
      : []),
    '## Metrics',
    markdownTable(metricsHead(metrics), rows),
    '## Lineage',
    markdownTable(['', ''], lineage(model, details)),
    '',
  ].join('\n\n')
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 small { font-size: 0.5em; color: #fff; background: #009e73; padding: 0.2em 0.6em; border-radius: 0.4em; vertical-align: middle; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
td, th { border-bottom: 1px solid #eee; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
td:last-child { overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
`

function decisionSection(decision: DecisionEvidence): string {
  return `<section><h2>Orders, replayed</h2>
<p>${asHtml(replayed(decision))}</p>
${htmlTable(decisionHead, decisionRows(decision))}</section>`
}

const percent = (share: number | undefined): string => (share === undefined ? '' : `${(100 * share).toFixed(1)} %`)

function replayed({ from, through, measuredDays, series, saving, savingLow, clusters }: DecisionEvidence): string {
  // Evidence of older versions has no clusters.
  const drawn =
    clusters === undefined ? '95 of 100 draws of the series' : `99 of 100 draws of ${clusters} stores' weeks`
  return `The same ${series} series on ${from} to ${through} (${measuredDays} days counted), ordered by either forecast: ${percent(saving)} of the cost saved, at least ${percent(savingLow)} in ${drawn}.`
}

const decisionHead = ['', 'cost', 'holding', 'stock-outs', 'waste', 'fill rate', 'WAPE']

function decisionRows({ challenger, champion, against, errors }: DecisionEvidence): string[][] {
  const row = (name: string, own: DecisionEvidence['challenger'], error: number | undefined) => [
    name,
    own.cost.toFixed(2),
    own.holding.toFixed(2),
    own.stockOut.toFixed(2),
    own.waste.toFixed(2),
    percent(own.fillRate),
    error?.toFixed(4) ?? '',
  ]
  return [row('this version', challenger, errors.challenger), row(against, champion, errors.champion)]
}

/** The way without a model: of those that a demand model is compared with the seasonal naive forecast, else the only one. */
function naiveWay(metrics: readonly MetricRow[]): string {
  const ways = metrics.filter(({ candidate, horizon }) => candidate !== 'chosen' && horizon !== 'orders')
  return (ways.find(({ candidate }) => candidate === 'seasonal_naive') ?? ways[0])?.candidate ?? ''
}

const metricsHead = (metrics: readonly MetricRow[]): string[] => [
  'cases',
  'segment',
  'metric',
  'value',
  naiveWay(metrics).replaceAll('_', ' '),
  'rows',
]

/** What the version predicts with, beside the way without a model. */
function chosenRows(metrics: readonly MetricRow[]): string[][] {
  const way = naiveWay(metrics)
  const naive = new Map(
    metrics
      .filter(({ candidate }) => candidate === way)
      .map((row) => [`${row.horizon} ${row.segment} ${row.metric}`, row.value]),
  )
  return metrics
    .filter(({ candidate, horizon }) => candidate === 'chosen' && horizon !== 'orders')
    .map(({ horizon, segment, metric, value, rows }) => [
      horizon,
      segment,
      metric,
      value.toFixed(4),
      naive.get(`${horizon} ${segment} ${metric}`)?.toFixed(4) ?? '',
      rows.toLocaleString('en-GB'),
    ])
}

const metricsTable = (metrics: readonly MetricRow[]): string => htmlTable(metricsHead(metrics), chosenRows(metrics))

const lineage = (model: string, details: VersionDetails): string[][] => [
  ['version', `${model}@${details.version}, registered ${details.createdAt.toISOString()}`],
  ['trained by', `workflow ${details.workflowId}, in ${(details.durationMs / 1000).toFixed(1)} s`],
  ['training rows', details.trainingRows.toLocaleString('en-GB')],
  ['code', details.codeVersion],
  ['seed', String(details.seed)],
  ['artefact', details.artefact],
  ...Object.entries(details.inputs).map(([table, version]) => [`lake version of ${table}`, String(version)]),
  ['parameters', JSON.stringify(details.parameters)],
]

const lineageTable = ({ model, details }: CardContent): string => htmlTable(['', ''], lineage(model, details))

function htmlTable(head: readonly string[], rows: readonly string[][]): string {
  const hasHeading = head.some((name) => name !== '')
  const isNumber = (cell: string) => hasHeading && /^-?[\d.,]+( %)?$/.test(cell)
  const cells = (row: readonly string[]) =>
    row.map((cell) => `<td${isNumber(cell) ? ' class="number"' : ''}>${asHtml(cell)}</td>`).join('')
  const heading = hasHeading ? `<tr>${head.map((name) => `<th>${name}</th>`).join('')}</tr>` : ''
  return `<table>${heading}${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</table>`
}

function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const asHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
