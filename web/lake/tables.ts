/** The Delta tables of the lake: what they hold, what was done to them, and their rows at any version. */
import { Type } from 'typebox'
import { formatBytes, formatNumber } from '../../platform/format.ts'
import { ForbiddenError } from '../../services/errors.ts'
import { readRows } from '../../services/lake/rows.ts'
import { listTables, readTableHistory, showTable, type TableSummary } from '../../services/lake/tables.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { type Asked, question, type View } from '../definition.ts'
import { addressWith, empty, facts, filters, input, scrollable, section, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, table } from '../page/table.ts'
import { anything, count, dayAsked, flag, instant, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.lake
const VERSIONS_SHOWN = 20
const ROWS_SHOWN = 25
const PARTITIONS_SHOWN = 400

const tablePath = (name: string): string => `/data/lake/${encodeURIComponent(name)}`

const summaryShape = { table: text, version: count, files: count, rows: count, bytes: count }
const partitionShape = Type.Object({ partition: text, files: count, rows: count, bytes: count })

export const lakeList = question({
  path: '/data/lake',
  permission: 'data.see',
  summary: 'The Delta tables of the lake',
  query: Type.Object({}),
  answer: Type.Object({ tables: Type.Array(Type.Object({ ...summaryShape, partitions: count })) }),
  read: async ({ servers }) => ({ tables: await listTables((await servers.lake()).lake) }),
  rows: ({ tables }) => tables,
  page(view, { tables }) {
    const { url, visitor } = view
    const { locale } = visitor
    const number = (name: 'version' | 'partitions' | 'files' | 'rows', heading: string): Column<TableSummary> => ({
      name,
      heading,
      isNumber: true,
      isNamed: true,
      sortedBy: (one) => one[name],
      cell: (one) => formatNumber(locale, one[name]),
      ...(name !== 'version' && {
        total: (rows: readonly TableSummary[]) =>
          formatNumber(
            locale,
            rows.reduce((sum, one) => sum + one[name], 0),
          ),
      }),
    })
    const columns: Column<TableSummary>[] = [
      {
        name: 'table',
        heading: words.table,
        phone: 'lead',
        sortedBy: ({ table: name }) => name,
        cell: ({ table: name }) => html`<a class="title" href="${tablePath(name)}">${name}</a>`,
      },
      number('rows', words.rows),
      {
        name: 'bytes',
        heading: words.bytes,
        isNumber: true,
        phone: 'aside',
        sortedBy: ({ bytes }) => bytes,
        cell: ({ bytes }) => formatBytes(locale, bytes),
        total: (rows) =>
          formatBytes(
            locale,
            rows.reduce((sum, { bytes }) => sum + bytes, 0),
          ),
      },
      number('partitions', words.partitions),
      number('files', words.files),
      number('version', words.version),
    ]
    return {
      title: words.title,
      note: words.note,
      body: html`${dataTabs(view)}
${tables.length === 0 ? empty(words.noneTitle, words.none) : table({ caption: words.title, columns, rows: tables, url, locale, csv: csvAddress(url) })}`,
    }
  },
})

export const lakeTable = question({
  path: '/data/lake/:table',
  personal: 'lake table',
  permission: 'data.see',
  summary: 'A table of the lake at a version: columns, partitions, some rows, and what was done to it',
  query: Type.Object({
    table: Type.String({ maxLength: 200 }),
    version: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    date: Type.Optional(dayAsked),
  }),
  answer: Type.Object({
    ...summaryShape,
    newest: count,
    partitionColumns: Type.Array(text),
    columns: Type.Array(Type.Object({ name: text, type: text, nullable: flag })),
    partitions: Type.Array(partitionShape),
    partitionCount: count,
    preview: Type.Object({ columns: Type.Array(text), rows: Type.Array(Type.Array(anything)) }),
    history: Type.Array(
      Type.Object({
        version: count,
        at: Type.Optional(instant),
        operation: text,
        filesAdded: count,
        filesRemoved: count,
      }),
    ),
  }),
  async read(asked, { table: name, version, date }) {
    requireEverything(asked)
    const { lake, duckdb } = await asked.servers.lake()
    const details = await showTable(lake, name, { atVersion: version })
    const changes = await readTableHistory(lake, name, VERSIONS_SHOWN)
    const connection = await duckdb.connect()
    try {
      const selection = { atVersion: version, date, limit: ROWS_SHOWN }
      return {
        ...details,
        newest: changes[0]?.version ?? details.version,
        partitionColumns: [...details.partitionColumns],
        partitions: details.partitions.slice(-PARTITIONS_SHOWN),
        partitionCount: details.partitions.length,
        preview: await readRows({ lake, connection }, name, selection),
        history: changes.map(({ version: number, at, operation, filesAdded, filesRemoved }) => ({
          version: number,
          operation,
          filesAdded,
          filesRemoved,
          ...(at && { at }),
        })),
      }
    } finally {
      connection.closeSync()
    }
  },
  rows: ({ preview: { columns, rows } }) =>
    rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
  page(view, answer, { version, date }) {
    const { url, visitor } = view
    const { locale } = visitor
    const number = (value: number) => formatNumber(locale, value)
    const shown = version === undefined || version === answer.newest ? words.newest : ''
    return {
      title: answer.table,
      note: html`<a href="/data/lake">${words.title}</a> · ${words.versionOf(number(answer.version))}${shown && ` (${shown})`}`,
      body: html`${filters(
        url,
        html`${input('version', words.version, String(answer.version), html`type="number" min="0" max="${answer.newest}"`)}${answer.partitionColumns.includes('date') && input('date', texts.data.day, date, html`type="date"`)}`,
        version !== undefined || date !== undefined,
      )}
<div class="columns"><div>
${section(words.preview, answer.preview.rows.length === 0 ? html`<p class="quiet">${words.noRows}</p>` : previewTable(answer.preview), html`<a href="/api/v1${addressWith(url, { format: 'csv' })}">${texts.table.csv}</a>`)}
${section(words.history, historyTable(view, answer.history))}</div>
<aside>${facts([
        [words.rows, number(answer.rows)],
        [words.bytes, formatBytes(locale, answer.bytes)],
        [words.files, number(answer.files)],
        [words.partitions, number(answer.partitionCount)],
      ])}
${section(words.columns, html`<dl class="facts">${answer.columns.map(({ name, type, nullable }) => html`<dt>${name}</dt><dd><code>${type}</code>${nullable && html` <span class="quiet">${words.nullable}</span>`}</dd>`)}</dl>`)}</aside></div>`,
    }
  },
})

/** The lake has rows of all stores: it knows no scopes. */
function requireEverything({ visitor }: Asked): void {
  if (!visitor.sees.includes('all')) throw new ForbiddenError(words.onlyAll)
}

const previewTable = ({ columns, rows }: { columns: readonly string[]; rows: readonly (readonly unknown[])[] }): Html =>
  html`<p class="small quiet">${words.previewOf(rows.length)}</p>${scrollable(
    words.preview,
    html`<table class="raw"><caption class="unseen">${words.preview}</caption><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((value) => html`<td>${value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)}</td>`)}</tr>\n`,
    )}</tbody></table>`,
  )}`

interface Version {
  version: number
  at?: Date
  operation: string
  filesAdded: number
  filesRemoved: number
}

function historyTable({ url, visitor: { locale } }: View, versions: readonly Version[]): Html {
  const columns: Column<Version>[] = [
    {
      name: 'version',
      heading: words.version,
      phone: 'lead',
      cell: ({ version, operation }) =>
        html`<a class="title" href="${addressWith(url, { version: String(version) })}" aria-label="${words.look}: ${words.versionOf(String(version))}">${version}</a> ${operation}`,
    },
    { name: 'at', heading: words.at, cell: ({ at }) => at && utc(at) },
    {
      name: 'added',
      heading: words.added,
      isNumber: true,
      isNamed: true,
      cell: ({ filesAdded }) => formatNumber(locale, filesAdded),
    },
    {
      name: 'removed',
      heading: words.removed,
      isNumber: true,
      isNamed: true,
      cell: ({ filesRemoved }) => formatNumber(locale, filesRemoved),
    },
  ]
  return table({ caption: words.history, columns, rows: versions, url, locale })
}
