/** The page `docs/power-bi-tiles.md`: what each tile of the report shows, and from where. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Page, pages } from './pages.ts'
import { rowsOf, type TileRow } from './tile-rows.ts'

/** As `bench/reports.ts --record` writes them. */
export interface QueryTimes {
  facts: number
  stores: number
  machine: string
  /** By the key of a row: milliseconds, the slowest of the repeats. */
  milliseconds: Readonly<Record<string, number>>
}

export const queryTimesFile = join(import.meta.dirname, 'query-times.json')

export function tilesPage(times = JSON.parse(readFileSync(queryTimesFile, 'utf8')) as QueryTimes): string {
  return `# Tiles of the Power BI report

Made from \`contracts/power-bi/\` by \`npm run docs\`. Figures have their SQL and DAX in [figures.md](figures.md); views are in
[star-schema.md](star-schema.md); how to open, publish and refresh the report is in [power-bi.md](power-bi.md).

*Query* is the time in which PostgreSQL answers an executive: the SQL of the figure over the newest 28 days, or the first 501 rows of the columns;
the slowest of three, with ${times.facts.toLocaleString('en-GB')} sale lines of ${times.stores} stores (${times.machine}; \`node bench/reports.ts --record\`).

${pages.map((page) => section(page, times)).join('\n')}`
}

function section(page: Page, { milliseconds }: QueryTimes): string {
  const { title, drillThrough, isTooltip } = page
  const opened = drillThrough
    ? 'Opened by a right click on a value of its field: *Drill through*.\n\n'
    : isTooltip
      ? 'Shown where a person points at a store or region.\n\n'
      : ''
  const rows = rowsOf(page).map((row) => {
    const { tile, figure, definition, views } = row
    return `| ${tile} | ${figure} | ${definition} | ${views.map((view) => `\`${view}\``).join(', ')} | ${timeOf(row, milliseconds)} |`
  })
  return `## ${title}\n\n${opened}| tile | figure | definition | view | query |\n|---|---|---|---|--:|\n${rows.join('\n')}\n`
}

function timeOf({ sql, key }: TileRow, milliseconds: QueryTimes['milliseconds']): string {
  if (sql === null) return '–'
  const time = milliseconds[key]
  return time === undefined ? 'not measured' : `${time < 1 ? '< 1' : Math.round(time)} ms`
}
