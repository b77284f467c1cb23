/** What each tile of the report shows, row by row: a figure, or columns as they are; and what that asks the database. */
import { questionOf } from '../figures/figure.ts'
import { referencesOf } from './dax.ts'
import { type Measure, measures } from './measures.ts'
import type { Page, Tile } from './pages.ts'
import { columnName, dimensionKeys, type TableDefinition, tables } from './tables.ts'
import { publicViews } from './views.ts'

export interface TileRow {
  tile: string
  /** Name of the figure, or the names of the columns. */
  figure: string
  definition: string
  views: readonly string[]
  /** What its time is kept by: the same figure takes the same time on every tile. */
  key: string
  /** $1 and $2 are the first and the last day, also where nothing depends on them; null: it asks nothing. */
  sql: string | null
}

const byTitle = new Map(measures.map((measure) => [measure.title, measure]))
const definitions: Readonly<Record<string, TableDefinition>> = tables

export const rowsOf = (page: Page): TileRow[] =>
  page.tiles.filter(({ isShared }) => !isShared).flatMap((tile) => rowsOfTile(page, tile))

function rowsOfTile(page: Page, tile: Tile): TileRow[] {
  const { title, fields, opens } = tile
  const shown = [...Object.values(fields).flat(), ...(opens ? [`[${opens}]`] : [])]
  const figures = shown.filter((field) => field.startsWith('[')).map((field) => byTitle.get(field.slice(1, -1))!)
  const columns = shown.filter((field) => !field.startsWith('[')).map((field) => field.split('.') as [string, string])
  return [
    ...figures.map((measure) => ({
      tile: title,
      figure: measure.title,
      definition: measure.meaning,
      views: sorted(askedBy(measure.sql) ?? viewsOf(measure)),
      key: measure.title,
      sql: measure.sql === null ? null : questionOf({ sql: measure.sql }),
    })),
    ...(columns.length === 0
      ? []
      : [
          {
            tile: title,
            figure: columns.map(([view, column]) => columnName(view, column)).join(', '),
            definition: 'columns as they are',
            views: sorted(columns.map(([view]) => view)),
            key: `${page.title}: ${title}`,
            sql: columnsQuery(page, tile, columns),
          },
        ]),
  ]
}

const sorted = (views: readonly string[]): string[] => [...new Set(views)].sort()

/** The views of a statement; null without one. */
const askedBy = (sql: string | null): string[] | null =>
  sql === null ? null : [...sql.matchAll(/\bbi\.(\w+)/g)].map(([, view]) => view!)

/** The views and tables of the model that a measure reads, by way of others too. */
function viewsOf({ dax }: Measure): string[] {
  return referencesOf(dax).flatMap((found) => {
    if (found.kind === 'column') return [found.table]
    const other = found.kind === 'measure' ? byTitle.get(found.measure) : undefined
    return other ? viewsOf(other) : []
  })
}

/** As many rows as a table of Power BI asks for at first. */
const ROWS = 501

/** The rows of a table with its dimensions, of the days and of what the page is opened by; what only the model has asks nothing. */
function columnsQuery(
  { drillThrough }: Page,
  { only, mostOf }: Tile,
  columns: readonly (readonly [string, string])[],
): string | null {
  const views = [...new Set(columns.map(([view]) => view))]
  if (!views.every((view) => definitions[view])) return null
  const [main = views[0]!] = views.filter((view) => definitions[view]!.storage !== 'dual')
  const joins = views.filter((view) => view !== main).map((view) => ` left join bi.${view} on ${joinOf(main, view)}`)
  const chosen = columns.map(([view, column]) => `${view}.${column}`).join(', ')
  const { day, storage } = definitions[main]!
  const conditions = [
    only && `${only[0]} in (${only[1].map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`,
    storage !== 'dual' && day && `${main}.${day} between $1 and $2`,
    storage !== 'dual' && drillThrough && openedBy(main, drillThrough),
  ].filter(Boolean)
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  const order = mostOf ? ` order by ${mostOf} desc nulls last` : ''
  return questionOf({ sql: `select distinct ${chosen} from bi.${main}${joins.join('')}${where}${order} limit ${ROWS}` })
}

/** The rows of one value of the field, as when someone drills through. */
function openedBy(main: string, field: string): string {
  const [view = '', column = ''] = field.split('.')
  const [key = column] = Object.entries(dimensionKeys).find(([, dimension]) => dimension === view) ?? []
  return `${main}.${key} = (select ${key} from bi.${view} order by ${key} desc limit 1)`
}

function joinOf(main: string, dimension: string): string {
  if (dimension === 'dim_date') return `dim_date.calendar_date = ${main}.${definitions[main]!.day}`
  const [key] = Object.entries(dimensionKeys).find(([, view]) => view === dimension)!
  const has = publicViews()
    .get(main)!
    .columns.some(({ name }) => name === key)
  if (!has) throw new Error(`power-bi: ${main} has no ${key}: it can't be shown beside ${dimension}`)
  return `${dimension}.${key} = ${main}.${key}`
}
