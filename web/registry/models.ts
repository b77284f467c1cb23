/** The registry of models: versions, champions, drift, and what was decided. */
import { Type } from 'typebox'
import { formatDay, formatNumber, formatPercent } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { NotFoundError } from '../../services/errors.ts'
import { readDrift } from '../../services/registry/drift.ts'
import { promoteVersion, readChampions, readVersions, rollBackModel } from '../../services/registry/versions.ts'
import { action, question, type View } from '../definition.ts'
import { empty, form, history, type State, section, sparkline, state, tag, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.registry
const VERSIONS_MAX = 1_000
const CHAMPIONS_MAX = 100

export const modelPath = (model: string): string => `/models/${encodeURIComponent(model)}`
export const versionPath = (model: string, version: number): string => `${modelPath(model)}/${version}`

const number = Type.Number()
const versionShape = Type.Object({
  model: text,
  version: count,
  isChampion: flag,
  createdAt: instant,
  trainedThrough: day,
  trainingRows: count,
  metric: nullable(text),
  value: nullable(number),
  naiveWay: nullable(text),
  naiveValue: nullable(number),
  decision: text,
})

type ListedVersion = Awaited<ReturnType<typeof readVersions>>[number]

/** Higher is better for these; for all others lower is. */
const RISING = ['auc', 'recall_10']

export const modelList = question({
  path: '/models',
  permission: 'models.see',
  summary: 'The newest versions of each model, with their main metric and that of the baseline',
  query: Type.Object({}),
  answer: Type.Object({ versions: Type.Array(versionShape) }),
  read: async ({ pool }) => ({ versions: await readVersions(pool, { limit: VERSIONS_MAX }) }),
  rows: ({ versions }) => versions,
  page(view, { versions }) {
    const { url, visitor } = view
    const { locale } = visitor
    const models = [...Map.groupBy(versions, ({ model }) => model).values()]
    const championOf = (own: readonly ListedVersion[]) => own.find(({ isChampion }) => isChampion)
    const columns: Column<ListedVersion[]>[] = [
      {
        name: 'model',
        heading: words.model,
        phone: 'lead',
        sortedBy: (own) => own[0]!.model,
        cell: (own) =>
          html`<a class="title" href="${modelPath(own[0]!.model)}">${own[0]!.model.replaceAll('_', ' ')}</a><span class="under">${own[0]!.decision}</span>`,
      },
      {
        name: 'champion',
        heading: words.champion,
        phone: 'aside',
        cell: (own) => {
          const champion = championOf(own)
          if (champion === undefined) return state('watch', words.noChampion)
          return html`<a href="${versionPath(champion.model, champion.version)}">${words.version.toLowerCase()} ${champion.version}</a>`
        },
      },
      {
        name: 'trained',
        heading: words.trained,
        isNamed: true,
        cell: (own) => {
          const champion = championOf(own)
          return champion && formatDay(locale, champion.trainedThrough)
        },
      },
      {
        name: 'measured',
        heading: words.measured,
        isNamed: true,
        cell: (own) => measured(locale, championOf(own) ?? own[0]!),
      },
      {
        name: 'newest',
        heading: words.newest,
        isNumber: true,
        isNamed: true,
        cell: ([newest]) => html`<a href="${versionPath(newest!.model, newest!.version)}">${newest!.version}</a>`,
      },
    ]
    return {
      title: words.title,
      note: words.note,
      body:
        models.length === 0
          ? empty(words.noneTitle, words.none)
          : table({ caption: words.title, columns, rows: models, url, locale, csv: csvAddress(url) }),
    }
  },
})

/** The main metric, and how much better than the way without a model. */
function measured(locale: string, { metric, value, naiveValue, naiveWay }: ListedVersion): Html | string {
  if (metric === null || value === null) return ''
  const own = html`${metric.replaceAll('_', ' ')} <b>${formatNumber(locale, value, 3)}</b>`
  if (naiveValue === null || naiveValue === 0) return own
  const gain = RISING.includes(metric) ? value / naiveValue - 1 : 1 - value / naiveValue
  const share = formatPercent(locale, Math.abs(gain), 0)
  const kind = gain >= 0 ? 'better' : 'worse'
  return html`${own} <span class="under"><span class="${kind}">${gain >= 0 ? words.better(share) : words.worse(share)}</span> ${naiveWay?.replaceAll('_', ' ')} ${formatNumber(locale, naiveValue, 3)}</span>`
}

const named = { model: Type.String({ minLength: 1, maxLength: 100 }) }

export const modelDetail = question({
  path: '/models/:model',
  permission: 'models.see',
  summary: 'A model: its versions and what was decided, who was champion since when, and drift',
  query: Type.Object(named),
  answer: Type.Object({
    model: text,
    versions: Type.Array(versionShape),
    champions: Type.Array(Type.Object({ version: count, changedAt: instant, changedBy: text, reason: text })),
    drift: Type.Object({
      date: nullable(day),
      findings: Type.Array(
        Type.Object({
          kind: choice(['feature', 'error', 'gap']),
          subject: text,
          store: text,
          version: count,
          value: number,
          threshold: number,
          isDrifted: flag,
          message: text,
        }),
      ),
      days: Type.Array(Type.Object({ date: day, drifted: count })),
    }),
  }),
  async read({ pool }, { model }) {
    const versions = await readVersions(pool, { model, limit: VERSIONS_MAX })
    if (versions.length === 0) throw new NotFoundError('model', model)
    return {
      model,
      versions,
      champions: await readChampions(pool, model, CHAMPIONS_MAX),
      drift: await readDrift(pool, model),
    }
  },
  rows: ({ versions }) => versions,
  page(view, { model, versions, champions, drift }) {
    const { url, visitor } = view
    const { locale } = visitor
    const columns: Column<ListedVersion>[] = [
      {
        name: 'version',
        heading: words.version,
        phone: 'lead',
        sortedBy: ({ version }) => version,
        cell: ({ version, isChampion, decision }) =>
          html`<a class="title" href="${versionPath(model, version)}">${version}</a> ${isChampion && tag(words.isChampion)}<span class="under">${decision}</span>`,
      },
      {
        name: 'measured',
        heading: words.measured,
        phone: 'aside',
        sortedBy: ({ value }) => value ?? 0,
        cell: (version) => measured(locale, version),
      },
      {
        name: 'trained',
        heading: words.trained,
        isNamed: true,
        sortedBy: ({ trainedThrough }) => trainedThrough,
        cell: ({ trainedThrough }) => formatDay(locale, trainedThrough),
      },
      {
        name: 'rows',
        heading: words.rows,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ trainingRows }) => trainingRows,
        cell: ({ trainingRows }) => formatNumber(locale, trainingRows),
      },
    ]
    const mayRollBack =
      isAllowed(visitor.role, 'models.decide') && new Set(champions.map(({ version }) => version)).size > 1
    return {
      title: model.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()),
      note: html`<a href="/models">${words.title}</a>`,
      body: html`<div class="columns"><div>
${section(words.versions, table({ caption: words.versions, columns, rows: versions, url, locale }))}
${section(words.drift, driftOf(view, drift), drift.date === null ? '' : words.driftNote(formatDay(locale, drift.date)))}</div>
<aside>${section(
        words.history,
        champions.length === 0
          ? html`<p class="quiet">${words.noHistory}</p>`
          : history(
              champions.map(({ version, changedAt, changedBy, reason }) => ({
                what: html`<a href="${versionPath(model, version)}">${words.version} ${version}</a>`,
                why: reason,
                when: html`${changedBy} · ${utc(changedAt)}`,
              })),
            ),
      )}
${mayRollBack && section(words.rollback, form(`/models/${encodeURIComponent(model)}/rollback`, {}, html`<div class="fields"><label class="wide">${words.why}<input name="why" required maxlength="500"></label><button class="danger">${words.rollback}</button></div>`, url))}</aside></div>`,
    }
  },
})

const findingStates = (isDrifted: boolean): State => (isDrifted ? 'act' : 'ok')

function driftOf({ visitor: { locale } }: View, { date, findings, days }: Awaited<ReturnType<typeof readDrift>>): Html {
  if (date === null) return html`<p class="quiet">${words.noDrift}</p>`
  const drifted = findings.filter(({ isDrifted }) => isDrifted)
  const differing = days.filter((each) => each.drifted > 0).length
  return html`${sparkline(days.map((each) => each.drifted))}<p class="small quiet">${words.driftedDays(`${formatNumber(locale, differing)}/${formatNumber(locale, days.length)}`)}</p>
${
  drifted.length === 0
    ? html`<p>${state('ok', words.noneDrifted)}</p>`
    : html`<ul class="entries">${drifted.map(({ message, isDrifted }) => html`<li>${state(findingStates(isDrifted), message)}</li>`)}</ul>`
}`
}

export const modelActions = [
  action({
    path: '/models/:model/:version/promote',
    permission: 'models.decide',
    summary: 'Make a version the champion',
    input: Type.Object({
      ...named,
      version: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
      why: Type.String({ minLength: 1, maxLength: 500 }),
    }),
    answer: Type.Object({ model: text, version: count }),
    async run({ pool, visitor }, { model, version, why }) {
      await promoteVersion(pool, { model, version, by: visitor.person, why })
      return { model, version }
    },
    done: ({ model, version }) => ({ text: words.promoted(model, version) }),
  }),
  action({
    path: '/models/:model/rollback',
    permission: 'models.decide',
    summary: 'Make the previous champion the champion again',
    input: Type.Object({ ...named, why: Type.String({ minLength: 1, maxLength: 500 }) }),
    answer: Type.Object({ model: text, version: count }),
    run: ({ pool, visitor }, { model, why }) => rollBackModel(pool, { model, by: visitor.person, why }),
    done: ({ model, version }) => ({ text: words.promoted(model, version) }),
  }),
]
