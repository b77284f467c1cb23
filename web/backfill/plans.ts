/** Backfills: planning one, seeing its cost, running and steering it. */
import { Type } from 'typebox'
import { formatBytes, formatDuration, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  applyPlan,
  type Backfill,
  CONCURRENCY_MAX,
  cancelBackfill,
  pauseBackfill,
  readBackfill,
  readPlans,
  resumeBackfill,
  setBackfillConcurrency,
  summarisePlan,
} from '../../services/backfill/plans.ts'
import { type Asked, action, question, type View } from '../definition.ts'
import type { LiveStream } from '../live.ts'
import { bar, empty, facts, form, input, type State, section, state, typedList, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, dayAsked, flag, instant, nullable, pageFields, pageOf, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { assetPath, partitionPath } from './grid.ts'
import { dataTabs } from './tabs.ts'

const words = texts.backfills

type Plan = Backfill['plan']

const states: Record<Plan['status'], State> = {
  planned: 'watch',
  running: 'ok',
  succeeded: 'off',
  failed: 'act',
  cancelled: 'off',
}

const planPath = (plan: string): string => `/data/backfills/${encodeURIComponent(plan)}`

const planShape = Type.Object({
  plan: text,
  assets: Type.Array(text),
  from: day,
  to: day,
  forced: flag,
  failedOnly: flag,
  status: choice(['planned', 'running', 'succeeded', 'failed', 'cancelled']),
  plannedAt: instant,
  appliedAt: nullable(instant),
  finishedAt: nullable(instant),
  cells: count,
  succeeded: count,
  failed: count,
  estimatedRows: nullable(count),
  estimatedBytes: nullable(count),
  estimatedMs: nullable(count),
  cellsWithoutEstimate: count,
})

export const planList = question({
  path: '/data/backfills',
  permission: 'data.see',
  summary: 'Backfill plans, the newest first',
  query: Type.Object({
    ...pageFields,
  }),
  answer: pageOf(planShape),
  read: ({ pool }, page) => readPlans(pool, page),
  rows: ({ items }) => items,
  page: (view, { items, next }) => ({
    title: words.title,
    note: words.note,
    ...(items.some(({ status }) => status === 'running') && liveFor(view)),
    body: html`${dataTabs(view)}
${items.length === 0 ? empty(words.noneTitle, words.none) : planTable(view, items, next)}
${isAllowed(view.visitor.role, 'data.decide') && section(words.make, makeForm(view))}`,
  }),
})

function planTable({ url, visitor }: View, plans: readonly Plan[], next: string | null): Html {
  const { locale } = visitor
  const columns: Column<Plan>[] = [
    {
      name: 'plan',
      heading: words.plan,
      phone: 'lead',
      cell: ({ plan, assets, from, to }) =>
        html`<a class="title" href="${planPath(plan)}">${plan}</a><span class="under">${assets.slice(0, ASSETS_SHOWN).join(', ')}${assets.length > ASSETS_SHOWN && ` +${assets.length - ASSETS_SHOWN}`} · ${words.days(from, to)}</span>`,
    },
    {
      name: 'state',
      heading: words.state,
      phone: 'aside',
      cell: ({ status }) => state(states[status], words.states[status]),
    },
    {
      name: 'progress',
      heading: words.progress,
      isNumber: true,
      isNamed: true,
      cell: ({ plan, succeeded, cells }) =>
        html`<span data-key="${plan}.progress">${words.progressOf(formatNumber(locale, succeeded), formatNumber(locale, cells))}</span>${bar(cells === 0 ? 0 : succeeded / cells)}`,
    },
    {
      name: 'failed',
      heading: words.failed,
      isNumber: true,
      isNamed: true,
      cell: ({ plan, failed }) => html`<span data-key="${plan}.failed">${formatNumber(locale, failed)}</span>`,
    },
    { name: 'cost', heading: words.cost, isNamed: true, cell: (plan) => costOf(locale, plan) },
    { name: 'at', heading: words.planned, phone: 'none', cell: ({ plannedAt }) => utc(plannedAt) },
  ]
  return table({
    caption: words.title,
    columns,
    rows: plans,
    url,
    locale,
    next,
    csv: csvAddress(url),
  })
}

const ASSETS_SHOWN = 3

const costOf = (locale: string, { estimatedMs, estimatedBytes }: Plan): string =>
  estimatedMs === null
    ? words.noCost
    : words.costOf(formatDuration(locale, estimatedMs), formatBytes(locale, estimatedBytes ?? 0))

const makeForm = ({ url }: View): Html =>
  html`<p class="small quiet">${words.makeHint}</p>${form(
    '/data/backfills/plan',
    {},
    html`<div class="fields">${input('assets', words.assets, '', html`placeholder="${words.assetsHint}"`)}${input('from', texts.data.from, '', html`type="date" required`)}${input('to', texts.data.to, '', html`type="date" required`)}
<label class="tick"><input type="checkbox" name="force" value="true"> ${words.force}</label><label class="tick"><input type="checkbox" name="failedOnly" value="true"> ${words.failedOnly}</label><label class="tick"><input type="checkbox" name="withoutDownstream" value="true"> ${words.withoutDownstream}</label>
<button class="main">${words.makeButton}</button></div>`,
    url,
  )}`

export const planDetail = question({
  path: '/data/backfills/:plan',
  permission: 'data.see',
  summary: 'A backfill plan: its cost, its partitions by asset, its progress, and its failures',
  query: Type.Object({ plan: Type.String({ maxLength: 100 }) }),
  answer: Type.Object({
    plan: planShape,
    run: nullable(
      Type.Object({
        state: choice(['running', 'paused', 'cancelling']),
        concurrency: nullable(count),
        dates: Type.Array(day),
      }),
    ),
    assets: Type.Array(
      Type.Object({
        asset: text,
        cells: count,
        succeeded: count,
        failed: count,
        from: day,
        to: day,
        estimatedMs: nullable(count),
        reasons: Type.Array(text),
      }),
    ),
    failures: Type.Array(Type.Object({ asset: text, date: day, reason: text, error: nullable(text) })),
  }),
  read: async (asked, { plan }) => ({
    ...(await summarisePlan(asked.pool, plan)),
    ...(await readBackfill(await dependencies(asked), plan)),
  }),
  rows: ({ assets }) => assets,
  page(view, { plan, run, assets, failures }) {
    const { visitor } = view
    const { locale } = visitor
    const number = (value: number) => formatNumber(locale, value)
    const isOver = plan.status !== 'running' && plan.succeeded === plan.cells
    return {
      title: words.planOf(plan.plan),
      note: html`<a href="/data/backfills">${words.title}</a> · ${words.days(plan.from, plan.to)}`,
      ...(plan.status === 'running' && liveFor(view)),
      body: html`<div class="columns"><div>
${isAllowed(visitor.role, 'data.decide') && !isOver && section(words.apply, steering(view, { plan, run }))}
${failures.length > 0 && section(words.failures, html`<ul class="entries">${failures.map(({ asset, date, error }) => html`<li><span><a href="${partitionPath(asset, date)}">${asset} ${date}</a><span class="under worse">${error}</span></span></li>`)}</ul>`)}
${section(words.byAsset, assetTable(view, assets))}</div>
<aside>${facts([
        [
          words.state,
          state(
            states[plan.status],
            run === null
              ? plan.status === 'running'
                ? words.runStates.lost
                : words.states[plan.status]
              : words.runStates[run.state],
          ),
        ],
        [
          words.progress,
          html`<span data-key="${plan.plan}.progress">${words.progressOf(number(plan.succeeded), number(plan.cells))}</span>${bar(plan.cells === 0 ? 0 : plan.succeeded / plan.cells)}`,
        ],
        [words.failed, html`<span data-key="${plan.plan}.failed">${number(plan.failed)}</span>`],
        [texts.live.live, run && run.dates.length > 0 && words.now(run.dates.join(', '))],
        [words.concurrency, run?.concurrency && number(run.concurrency)],
        [
          words.cost,
          html`${costOf(locale, plan)}${plan.cellsWithoutEstimate > 0 && plan.estimatedMs !== null && html`<span class="under">${words.withoutCost(number(plan.cellsWithoutEstimate))}</span>`}`,
        ],
        [texts.data.rows, plan.estimatedRows !== null && number(plan.estimatedRows)],
        [words.planned, utc(plan.plannedAt)],
      ])}</aside></div>`,
    }

    function assetTable({ url: address }: View, rows: typeof assets): Html {
      const columns: Column<(typeof assets)[number]>[] = [
        {
          name: 'asset',
          heading: words.asset,
          phone: 'lead',
          sortedBy: ({ asset }) => asset,
          cell: ({ asset, from, to }) =>
            html`<a class="title" href="${assetPath(asset)}?from=${from}&to=${to}">${asset}</a><span class="under">${words.days(from, to)}</span>`,
        },
        {
          name: 'cells',
          heading: words.progress,
          isNumber: true,
          phone: 'aside',
          sortedBy: ({ cells }) => cells,
          cell: ({ cells, succeeded }) => words.progressOf(number(succeeded), number(cells)),
        },
        {
          name: 'failed',
          heading: words.failed,
          isNumber: true,
          isNamed: true,
          sortedBy: ({ failed }) => failed,
          cell: ({ failed }) => number(failed),
        },
        {
          name: 'cost',
          heading: words.cost,
          isNumber: true,
          isNamed: true,
          sortedBy: ({ estimatedMs }) => estimatedMs ?? -1,
          cell: ({ estimatedMs }) => estimatedMs !== null && formatDuration(locale, estimatedMs),
        },
        {
          name: 'why',
          heading: words.reasons,
          cell: ({ reasons }) => reasons.map((reason) => reason.replaceAll('_', ' ')).join(', '),
        },
      ]
      return table({ caption: words.byAsset, columns, rows, url: address, locale })
    }
  },
})

/** The buttons that the state of a plan allows. */
function steering({ url }: View, { plan: { plan, status }, run }: Backfill): Html {
  const days = input(
    'concurrency',
    words.concurrency,
    String(run?.concurrency ?? ''),
    html`type="number" min="1" max="${CONCURRENCY_MAX}"`,
  )
  if (run === null) {
    const verb = status === 'planned' ? 'apply' : 'resume'
    return form(
      `/data/backfills/${plan}/${verb}`,
      {},
      html`<div class="fields">${days}<button class="main">${words[verb]}</button></div>`,
      url,
    )
  }
  if (run.state === 'cancelling') return html`<p class="quiet">${words.runStates.cancelling}</p>`
  const [verb, label] = run.state === 'paused' ? (['resume', words.resume] as const) : (['pause', words.pause] as const)
  return html`<div class="fields">${form(`/data/backfills/${plan}/${verb}`, {}, html`<button class="main">${label}</button>`, url)}
${form(`/data/backfills/${plan}/concurrency`, {}, html`<div class="fields">${days}<button>${words.setConcurrency}</button></div>`, url)}
${form(`/data/backfills/${plan}/cancel`, {}, html`<button class="danger" title="${words.cancelMeans}">${words.cancel}</button>`, url)}</div>`
}

const dependencies = async ({ pool, servers }: Asked) => ({ pool, temporal: await servers.temporal() })

const named = { plan: Type.String({ minLength: 1, maxLength: 100 }) }
const concurrency = Type.Integer({ minimum: 1, maximum: CONCURRENCY_MAX })
const started = Type.Object({ plan: text, workflowId: text })

export const backfillActions = [
  action({
    path: '/data/backfills/plan',
    permission: 'data.decide',
    summary: 'Plan a backfill: nothing is built before the plan is applied',
    input: Type.Object({
      assets: Type.Optional(Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 100 })),
      from: dayAsked,
      to: dayAsked,
      force: Type.Optional(Type.Boolean()),
      failedOnly: Type.Optional(Type.Boolean()),
      withoutDownstream: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({ plan: nullable(planShape) }),
    async run({ pool, servers, settings }, { assets, ...wanted }) {
      // It knows every asset, which takes a second to load.
      const { planBackfill } = await import('../../services/backfill/planning.ts')
      const { lake } = await servers.lake()
      const names = typedList(assets)
      const request = { ...wanted, assets: names.length === 0 ? ('all' as const) : names }
      const planned = await planBackfill({ pool, lake, timeZone: settings.timeZone }, request)
      return { plan: planned?.plan ?? null }
    },
    done: ({ plan }) =>
      plan === null ? { text: words.nothing } : { text: words.made(plan.plan, plan.cells), href: planPath(plan.plan) },
  }),
  action({
    path: '/data/backfills/:plan/apply',
    permission: 'data.decide',
    summary: 'Run a plan; rejected if the ledger has changed since the plan was made',
    input: Type.Object({ ...named, concurrency: Type.Optional(concurrency) }),
    answer: started,
    run: async (asked, { plan, ...options }) => applyPlan(await dependencies(asked), plan, options),
    done: ({ plan }) => ({ text: words.applied(plan) }),
  }),
  action({
    path: '/data/backfills/:plan/pause',
    permission: 'data.decide',
    summary: 'Pause a plan: days that are being built are finished, no others are started',
    input: Type.Object(named),
    answer: Type.Object(named),
    async run(asked, { plan }) {
      await pauseBackfill(await dependencies(asked), plan)
      return { plan }
    },
    done: ({ plan }) => ({ text: words.paused, undo: { path: `/data/backfills/${plan}/resume`, fields: {} } }),
  }),
  action({
    path: '/data/backfills/:plan/resume',
    permission: 'data.decide',
    summary: 'Continue a plan that was paused, cancelled or killed, or that has failed partitions',
    input: Type.Object({ ...named, concurrency: Type.Optional(concurrency) }),
    answer: Type.Object({ plan: text, workflowId: text, action: choice(['resumed', 'started']) }),
    run: async (asked, { plan, ...options }) => resumeBackfill(await dependencies(asked), plan, options),
    done: () => ({ text: words.resumed }),
  }),
  action({
    path: '/data/backfills/:plan/concurrency',
    permission: 'data.decide',
    summary: 'Change how many days of a plan are built at once',
    input: Type.Object({ ...named, concurrency }),
    answer: Type.Object({ plan: text, concurrency: count }),
    async run(asked, { plan, concurrency: days }) {
      await setBackfillConcurrency(await dependencies(asked), plan, days)
      return { plan, concurrency: days }
    },
    done: ({ concurrency: days }) => ({ text: words.concurrencySet(days) }),
  }),
  action({
    path: '/data/backfills/:plan/cancel',
    permission: 'data.decide',
    summary: 'Cancel a plan; built partitions are kept',
    input: Type.Object(named),
    answer: Type.Object(named),
    async run(asked, { plan }) {
      await cancelBackfill(await dependencies(asked), plan)
      return { plan }
    },
    done: () => ({ text: words.cancelled }),
  }),
]

const LIVE = '/data/backfills/live'
const liveFor = ({ visitor }: View) => isAllowed(visitor.role, 'data.decide') && { live: LIVE }

/** How far the newest plans are. */
export const backfillValues: LiveStream = {
  path: LIVE,
  permission: 'data.decide',
  async read({ pool, visitor: { locale } }) {
    const number = (value: number) => formatNumber(locale, value)
    const { items } = await readPlans(pool)
    return Object.fromEntries(
      items.flatMap(({ plan, succeeded, failed, cells }) => [
        [`${plan}.progress`, words.progressOf(number(succeeded), number(cells))],
        [`${plan}.failed`, number(failed)],
      ]),
    )
  },
}
