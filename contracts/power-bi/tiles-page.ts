/** The page `docs/power-bi-tiles.md`: what each tile of the report shows, and from where. */
import { referencesOf } from './dax.ts'
import { type Measure, measures } from './measures.ts'
import { type Page, pages, type Tile } from './pages.ts'
import { columnName } from './tables.ts'

const byTitle = new Map(measures.map((measure) => [measure.title, measure]))

export function tilesPage(): string {
  return `# Tiles of the Power BI report

Made from \`contracts/power-bi/\` by \`npm run docs\`. Figures have their SQL and DAX in [figures.md](figures.md); views are in
[star-schema.md](star-schema.md); how to open, publish and refresh the report is in [power-bi.md](power-bi.md).

${pages.map(section).join('\n')}`
}

function section({ title, tiles, drillThrough, isTooltip }: Page): string {
  const opened = drillThrough
    ? 'Opened by a right click on a value of its field: *Drill through*.\n\n'
    : isTooltip
      ? 'Shown where a person points at a store or region.\n\n'
      : ''
  const rows = tiles.filter(({ isShared }) => !isShared).flatMap(rowsOf)
  return `## ${title}\n\n${opened}| tile | figure | definition | view |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function rowsOf({ title, fields, opens }: Tile): string[] {
  const shown = [...Object.values(fields).flat(), ...(opens ? [`[${opens}]`] : [])]
  const shownMeasures = shown.filter((field) => field.startsWith('[')).map((field) => byTitle.get(field.slice(1, -1))!)
  const columns = shown.filter((field) => !field.startsWith('[')).map((field) => field.split('.'))
  const names = columns.map(([view, column]) => columnName(view!, column!)).join(', ')
  const columnRow = `| ${title} | ${names} | columns as they are | ${listed(columns.map(([view]) => view!))} |`
  return [
    ...shownMeasures.map((measure) => {
      return `| ${title} | ${measure.title} | ${measure.meaning} | ${listed(viewsOf(measure))} |`
    }),
    ...(columns.length > 0 ? [columnRow] : []),
  ]
}

const listed = (views: readonly string[]): string =>
  [...new Set(views)]
    .sort()
    .map((view) => `\`${view}\``)
    .join(', ')

/** The views that a measure reads, by way of others too. */
function viewsOf({ dax }: Measure): string[] {
  return referencesOf(dax).flatMap((found) => {
    if (found.kind === 'column') return [found.table]
    const other = found.kind === 'measure' ? byTitle.get(found.measure) : undefined
    return other ? viewsOf(other) : []
  })
}
