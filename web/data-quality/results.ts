/** What the checks found, over time. */
import { Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import { type RecentCheck, readRecentChecks } from '../../services/data-quality/results.ts'
import { partitionPath } from '../backfill/grid.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { question } from '../definition.ts'
import { addressWith, chips, empty, sparkline, state, utc } from '../page/components.ts'
import { html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { choice, count, day, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.quality

export const qualityList = question({
  path: '/data/quality',
  permission: 'data.see',
  summary: 'Every check of the last 14 days with its newest result, those that fail now first',
  query: Type.Object({ isFailing: Type.Optional(Type.Boolean()) }),
  answer: Type.Object({
    checks: Type.Array(
      Type.Object({
        asset: text,
        check: text,
        date: nullable(day),
        severity: choice(['block', 'warn']),
        passed: flag,
        finding: text,
        failingRows: count,
        checkedAt: instant,
        runs: count,
        failures: count,
        failuresByDay: Type.Array(count),
      }),
    ),
  }),
  read: async ({ pool }, filter) => ({ checks: await readRecentChecks(pool, filter) }),
  rows: ({ checks }) => checks,
  page(view, { checks }, { isFailing = false }) {
    const { url, visitor } = view
    const number = (value: number) => formatNumber(visitor.locale, value)
    const columns: Column<RecentCheck>[] = [
      {
        name: 'check',
        heading: words.check,
        phone: 'lead',
        sortedBy: ({ check }) => check,
        cell: ({ check, asset, date, finding }) =>
          html`${date === null ? html`<b>${check.replaceAll('_', ' ')}</b>` : html`<a class="title" href="${partitionPath(asset, date)}">${check.replaceAll('_', ' ')}</a>`}<span class="under">${finding}</span>`,
      },
      { name: 'asset', heading: words.asset, sortedBy: ({ asset }) => asset, cell: ({ asset }) => asset },
      {
        name: 'now',
        heading: words.now,
        phone: 'aside',
        sortedBy: ({ passed }) => Number(passed),
        cell: ({ passed, severity }) =>
          passed
            ? state('ok', words.passes)
            : severity === 'block'
              ? state('act', words.fails)
              : state('watch', words.warns),
      },
      {
        name: 'trend',
        heading: words.trend,
        sortedBy: ({ failures }) => failures,
        cell: ({ runs, failures, failuresByDay }) =>
          html`${sparkline(failuresByDay)}<span class="under">${words.trendSaid(number(runs), number(failures))}</span>`,
      },
      {
        name: 'checked',
        heading: words.checked,
        isNamed: true,
        sortedBy: ({ checkedAt }) => checkedAt.getTime(),
        cell: ({ checkedAt }) => utc(checkedAt),
      },
    ]
    const failing = checks.filter(({ passed }) => !passed).length
    return {
      title: words.title,
      note: isFailing ? words.note : html`${words.note} ${words.count(number(failing), number(checks.length))}.`,
      body: html`${dataTabs(view)}
${chips([
  { label: words.all, href: addressWith(url, { isFailing: null }), isCurrent: !isFailing },
  { label: words.onlyFailing, href: addressWith(url, { isFailing: 'true' }), isCurrent: isFailing },
])}
${
  checks.length === 0
    ? empty(words.noneTitle, words.none)
    : table({
        caption: words.title,
        columns,
        rows: checks,
        url,
        locale: visitor.locale,
        csv: csvAddress(url),
      })
}`,
    }
  },
})
