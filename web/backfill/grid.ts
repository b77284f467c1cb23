import { Type } from 'typebox'
import { dayNumber } from '../../contracts/calendar.ts'
import { formatNumber } from '../../platform/format.ts'
import { requireAsset } from '../../services/backfill/assets.ts'
import { type GridPartition, type PartitionState, readGrid } from '../../services/backfill/ledger.ts'
import { question, type View } from '../definition.ts'
import { empty, filters, input, type State, scrollable, state } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, dayAsked, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { dataTabs } from './tabs.ts'

const words = texts.data

export const partitionStates: Record<PartitionState, State> = {
  succeeded: 'ok',
  running: 'watch',
  lost: 'act',
  failed: 'act',
  missing: 'off',
}

const range = {
  from: Type.Optional(dayAsked),
  to: Type.Optional(dayAsked),
}

const states = ['succeeded', 'running', 'lost', 'failed', 'missing'] as const satisfies PartitionState[]

const gridShape = nullable(
  Type.Object({
    from: day,
    to: day,
    assets: Type.Array(text),
    partitions: Type.Array(
      Type.Object({
        asset: text,
        date: day,
        state: choice(states),
        run: count,
        rows: nullable(count),
        bytes: nullable(count),
        durationMs: nullable(Type.Number()),
        error: nullable(text),
      }),
    ),
  }),
)

interface Grid {
  from: string
  to: string
  assets: string[]
  partitions: GridPartition[]
}

const nothingYet = (): Html => empty(words.noneTitle, words.none)

export const ledgerGrid = question({
  path: '/data',
  permission: 'data.see',
  summary: 'The state of each partition of each asset; those that are missing are left out',
  query: Type.Object(range),
  answer: gridShape,
  read: async ({ pool }, filter): Promise<Grid | null> => (await readGrid(pool, filter)) ?? null,
  rows: (grid) => grid?.partitions ?? [],
  page(view, grid) {
    const { visitor, url } = view
    const title = words.title
    if (grid === null) return { title, body: html`${dataTabs(view)}${nothingYet()}` }
    const failed = grid.partitions.filter(({ state }) => state === 'failed' || state === 'lost')
    const isFiltered = url.searchParams.has('from') || url.searchParams.has('to')
    return {
      title,
      note: `${words.range(grid.from, grid.to)} · ${words.failed(formatNumber(visitor.locale, failed.length))}`,
      body: html`${dataTabs(view)}${rangeFilter(view, grid, isFiltered)}
${legend()}
${scrollable(title, html`<table class="grid"><caption class="unseen">${title}</caption><tbody>${grid.assets.map((asset) => row(view, grid, asset))}</tbody></table>`)}`,
    }
  },
})

const rangeFilter = ({ url }: View, { from, to }: Grid, isFiltered: boolean): Html =>
  filters(
    url,
    html`${input('from', words.from, from, html`type="date"`)}${input('to', words.to, to, html`type="date"`)}`,
    isFiltered,
  )

export const assetPath = (asset: string): string => `/data/${encodeURIComponent(asset)}`
export const partitionPath = (asset: string, date: string): string => `${assetPath(asset)}/${date}`

const colours: Record<PartitionState, string> = {
  succeeded: 'var(--mark-2)',
  running: 'var(--mark)',
  lost: 'var(--watch)',
  failed: 'var(--act)',
  missing: 'var(--off-ground)',
}
const HEIGHT = 16

/** A strip of days: what went well as one shape, what needs a look as links of their own. */
function row({ visitor: { locale } }: View, { from, to, partitions }: Grid, asset: string): Html {
  const first = dayNumber(from)
  const days = dayNumber(to) - first + 1
  const own = partitions.filter((partition) => partition.asset === asset)
  const worked = own.filter(({ state }) => state === 'succeeded')
  const others = own.filter(({ state }) => state !== 'succeeded')
  const path = stretches(worked.map(({ date }) => dayNumber(date) - first)).map(
    ([at, length]) => `M${at} 0h${length}v${HEIGHT}h-${length}z`,
  )
  const said = words.said(
    asset,
    formatNumber(locale, worked.length),
    formatNumber(locale, days),
    formatNumber(locale, others.length),
  )
  return html`<tr><th scope="row"><a href="${assetPath(asset)}?from=${from}&to=${to}">${asset}</a></th><td>
<svg class="strip" viewBox="0 0 ${days} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${said}"><rect width="${days}" height="${HEIGHT}" fill="${colours.missing}" /><path d="${path.join('')}" fill="${colours.succeeded}" />${others.map(
    ({ date, state }) =>
      html`<rect x="${dayNumber(date) - first}" width="1" height="${HEIGHT}" fill="${colours[state]}"><title>${date} ${words.states[state]}</title></rect>`,
  )}</svg></td><td class="small">${others.slice(0, LINKS_MAX).map(({ date, state: kind }) => html`<a href="${partitionPath(asset, date)}">${state(partitionStates[kind], date)}</a> `)}${
    others.length > LINKS_MAX &&
    html`<a href="${assetPath(asset)}?from=${from}&to=${to}">${words.more(formatNumber(locale, others.length - LINKS_MAX))}</a>`
  }</td></tr>`
}

const LINKS_MAX = 2

/** Days that follow each other, as first and length. */
function stretches(days: readonly number[]): [number, number][] {
  const found: [number, number][] = []
  for (const day of [...days].sort((a, b) => a - b)) {
    const last = found.at(-1)
    if (last !== undefined && last[0] + last[1] === day) last[1] += 1
    else found.push([day, 1])
  }
  return found
}

const legend = (): Html =>
  html`<div class="legend">${(Object.keys(colours) as PartitionState[]).map(
    (name) =>
      html`<span><svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="${colours[name]}" /></svg> ${words.states[name]}</span>`,
  )}</div>`

export const assetDays = question({
  path: '/data/:asset',
  permission: 'data.see',
  summary: 'The days of one asset, the newest first',
  query: Type.Object({ asset: Type.String({ maxLength: 200 }), ...range }),
  answer: gridShape,
  async read({ pool }, { asset, ...filter }): Promise<Grid | null> {
    await requireAsset(pool, asset)
    return (await readGrid(pool, { ...filter, asset: [asset] })) ?? null
  },
  rows: (grid) => grid?.partitions ?? [],
  page(view, grid, { asset }) {
    const { url, visitor } = view
    const { locale } = visitor
    const note = html`<a href="/data">${words.title}</a>`
    if (grid === null) return { title: asset, note, body: nothingYet() }
    const columns: Column<GridPartition>[] = [
      {
        name: 'date',
        heading: words.day,
        phone: 'lead',
        sortedBy: ({ date }) => date,
        cell: ({ date, error }) =>
          html`<a class="title" href="${partitionPath(asset, date)}">${date}</a>${error && html`<span class="under worse">${error}</span>`}`,
      },
      {
        name: 'state',
        heading: words.state,
        phone: 'aside',
        sortedBy: (one) => one.state,
        cell: (one) => state(partitionStates[one.state], words.states[one.state]),
      },
      {
        name: 'rows',
        heading: words.rows,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ rows }) => rows ?? -1,
        cell: ({ rows }) => rows !== null && formatNumber(locale, rows),
        total: (all) =>
          formatNumber(
            locale,
            all.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
          ),
      },
      {
        name: 'bytes',
        heading: words.bytes,
        isNumber: true,
        phone: 'none',
        sortedBy: ({ bytes }) => bytes ?? -1,
        cell: ({ bytes }) => bytes !== null && formatNumber(locale, bytes),
      },
      {
        name: 'took',
        heading: words.took,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ durationMs }) => durationMs ?? -1,
        cell: ({ durationMs }) => durationMs !== null && words.seconds(formatNumber(locale, durationMs / 1000, 1)),
      },
      { name: 'run', heading: words.run, isNumber: true, phone: 'none', cell: ({ run }) => formatNumber(locale, run) },
    ]
    const isFiltered = url.searchParams.has('from') || url.searchParams.has('to')
    const rows = [...grid.partitions].reverse()
    return {
      title: asset,
      note: html`${note} · <a href="/data/lineage?asset=${encodeURIComponent(asset)}">${texts.dataTabs.lineage}</a>`,
      body: html`${rangeFilter(view, grid, isFiltered)}${
        rows.length === 0
          ? empty(words.noDaysTitle, words.noDays)
          : table({
              caption: asset,
              columns,
              rows,
              url,
              locale,
              csv: csvAddress(url),
            })
      }`,
    }
  },
})
