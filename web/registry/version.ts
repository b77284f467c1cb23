/** The card of a version: how well it does, how it compares, and what it was made from (Mitchell et al. 2019, Proceedings of FAT*). */
import { Type } from 'typebox'
import { formatDay, formatDuration, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type Plot, readPlots } from '../../services/registry/card.ts'
import { readChampions, showVersion } from '../../services/registry/versions.ts'
import { question, type View } from '../definition.ts'
import { facts, form, section, tag } from '../page/components.ts'
import { type Html, html, raw } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { anyObject, anything, count, day, flag, instant, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { modelPath } from './models.ts'

const words = texts.registry

type Metric = Awaited<ReturnType<typeof showVersion>>['metrics'][number]

export const versionDetail = question({
  path: '/models/:model/:version',
  permission: 'models.see',
  summary: 'The card of a version: metrics, plots as SVG, and what it was trained from',
  query: Type.Object({
    model: Type.String({ maxLength: 100 }),
    version: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  }),
  answer: Type.Object({
    model: text,
    version: count,
    isChampion: flag,
    createdAt: instant,
    trainedFrom: day,
    trainedThrough: day,
    artefact: text,
    codeVersion: text,
    seed: count,
    parameters: anything,
    inputs: anyObject,
    trainingRows: count,
    durationMs: Type.Number(),
    workflowId: text,
    decision: text,
    metrics: Type.Array(
      Type.Object({ candidate: text, segment: text, horizon: text, metric: text, value: Type.Number(), rows: count }),
    ),
    plots: Type.Array(Type.Object({ title: text, caption: text, svg: text })),
  }),
  async read({ pool, servers }, reference) {
    const version = await showVersion(pool, reference)
    const [champion] = await readChampions(pool, reference.model, 1)
    const { objectStore } = await servers.lake()
    return {
      ...version,
      isChampion: champion?.version === version.version,
      plots: await readPlots(objectStore, version),
    }
  },
  rows: ({ metrics }) => metrics,
  page(view, version) {
    const { url, visitor } = view
    const { locale } = visitor
    const { model, isChampion, decision, plots, metrics } = version
    return {
      title: `${model.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase())} · ${words.version.toLowerCase()} ${version.version}`,
      note: html`<a href="/models">${words.title}</a> · <a href="${modelPath(model)}">${model.replaceAll('_', ' ')}</a> ${isChampion && tag(words.isChampion)}`,
      body: html`<p>${decision}</p><div class="columns"><div>
${plots.length === 0 ? html`<p class="quiet">${words.noPlots}</p>` : plots.map(plotOf)}
${section(words.metrics, metricTable(view, metrics))}</div>
<aside>${
        isAllowed(visitor.role, 'models.decide') &&
        !isChampion &&
        section(
          words.promote,
          form(
            `${modelPath(model)}/${version.version}/promote`,
            {},
            html`<p class="small quiet">${words.promoteMeans}</p><div class="fields"><label class="wide">${words.why}<input name="why" required maxlength="500"></label><button class="main">${words.promote}</button></div>`,
            url,
          ),
        )
      }
${facts([
  [words.range, `${formatDay(locale, version.trainedFrom)} – ${formatDay(locale, version.trainedThrough)}`],
  [words.rows, formatNumber(locale, version.trainingRows)],
  [words.duration, formatDuration(locale, version.durationMs)],
  [words.workflow, html`<code>${version.workflowId}</code>`],
  [words.code, html`<code>${version.codeVersion}</code>`],
  [words.seed, String(version.seed)],
  [
    words.inputs,
    html`${Object.entries(version.inputs).map(([name, value]) => html`<div>${name} <span class="quiet">${String(value)}</span></div>`)}`,
  ],
])}
<details class="disclose"><summary>${words.parameters}</summary><pre>${JSON.stringify(version.parameters, null, 1)}</pre></details></aside></div>`,
    }
  },
})

/** Drawn by us from numbers, with every text escaped. */
const plotOf = ({ title, caption, svg }: Plot): Html =>
  section(title, html`<p class="small quiet">${caption}</p><figure class="plot">${raw(svg)}</figure>`)

const CHOSEN = 'chosen'

function metricTable({ url, visitor: { locale } }: View, metrics: readonly Metric[]): Html {
  const others = [...new Set(metrics.map(({ candidate }) => candidate))].filter((name) => name !== CHOSEN)
  const keyOf = ({ horizon, segment, metric }: Metric) => JSON.stringify([horizon, segment, metric])
  const lines = [...Map.groupBy(metrics, keyOf).values()]
  const of = (own: readonly Metric[], name: string) => own.find(({ candidate }) => candidate === name)
  const columns: Column<Metric[]>[] = [
    {
      name: 'metric',
      heading: words.metric,
      phone: 'lead',
      cell: ([own]) =>
        html`<b>${own!.metric.replaceAll('_', ' ')}</b><span class="under">${own!.horizon} · ${own!.segment}</span>`,
    },
    {
      name: 'value',
      heading: words.value,
      isNumber: true,
      phone: 'aside',
      cell: (own) => {
        const chosen = of(own, CHOSEN)
        return chosen && html`<b>${formatNumber(locale, chosen.value, 4)}</b>`
      },
    },
    ...others.map(
      (name): Column<Metric[]> => ({
        name,
        heading: name.replaceAll('_', ' '),
        isNumber: true,
        isNamed: true,
        cell: (own) => {
          const other = of(own, name)
          return other && formatNumber(locale, other.value, 4)
        },
      }),
    ),
    {
      name: 'rows',
      heading: words.cases,
      isNumber: true,
      phone: 'none',
      cell: ([own]) => formatNumber(locale, own!.rows),
    },
  ]
  return table({ caption: words.metrics, columns, rows: lines, url, locale })
}
