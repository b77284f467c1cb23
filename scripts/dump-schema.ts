/**
 * Writes what is made from a freshly migrated database: `sql/schema/`, each schema as a reviewed file, and
 * `docs/star-schema.md`, the page about the public views. Needs a running instance (`shelfline stack up`).
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { repeatableFiles, viewOf } from '../platform/postgres/repeatable.ts'
import { narrowProcesses, roleOf } from '../platform/postgres/rights/process-rights.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'

const root = join(import.meta.dirname, '..')

const sections = [
  ['Schemas', 'schemas'],
  ['Tables', 'tables'],
  ['Indexes', 'indexes'],
  ['Functions', 'functions'],
  ['Triggers', 'triggers'],
  ['Views', 'views'],
  ['Row-level security', 'policies'],
  ['Grants', 'grants'],
  ['Default privileges', 'default_privileges'],
  ['Comments', 'comments'],
] as const

const ONE_LINE_SECTIONS = new Set(['schemas', 'indexes', 'triggers', 'grants', 'default_privileges', 'comments'])

interface CatalogueRow {
  schema: string
  object: string
  statement: string
}

/**
 * The schema of a database as text that depends on nothing but the schema: for reading and comparing, not for restoring. What
 * has a repeatable file of its own (`platform/postgres/repeatable.ts`) is left out, and the rights of processes (`docs/rights.md`).
 *
 * @param url a freshly migrated database; one that was used has monthly partitions on top
 * @returns the text of each schema, by its name
 */
export async function dumpSchemas(url: string): Promise<Map<string, string>> {
  const isElsewhere = isDefinedElsewhere()
  const parts = new Map<string, string[]>()
  await withClient(url, async (client) => {
    for (const [title, file] of sections) {
      const { rows } = await client.query<CatalogueRow>(statement(`catalogue/${file}.sql`))
      const separator = ONE_LINE_SECTIONS.has(file) ? '\n' : '\n\n'
      for (const [schema, own] of Map.groupBy(rows, (row) => row.schema)) {
        const shown = own.filter((row) => !isElsewhere(file, row)).map((row) => row.statement)
        if (!parts.has(schema)) parts.set(schema, [HEAD])
        if (shown.length > 0) parts.get(schema)!.push(`\n-- ${title}\n\n${shown.join(separator)}\n`)
      }
    }
  })
  return new Map([...parts].map(([schema, texts]) => [schema, texts.join('')]))
}

const HEAD =
  '-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.\n' +
  '-- The contents of sql/views, sql/functions, sql/jobs, sql/alerts and sql/comments, and the rights of processes (docs/rights.md), are not repeated here.\n'

/** Whether a row of a section is what a repeatable file defines, its view or function or its comment; or a right of a process. */
function isDefinedElsewhere(): (section: (typeof sections)[number][1], row: CatalogueRow) => boolean {
  const files = repeatableFiles()
  const views = new Set(files.map(({ file }) => viewOf(file)))
  const text = files.map((file) => file.text).join('\n')
  const functions = new Set([...text.matchAll(/^create or replace function (\w+\.\w+)/gm)].map(([, name]) => name))
  const comments = new Set(text.split('\n').filter((line) => line.startsWith('comment on ')))
  const roles: readonly string[] = narrowProcesses.map(roleOf)
  return (section, row) =>
    (section === 'views' && views.has(row.object)) ||
    (section === 'functions' && functions.has(row.object)) ||
    (section === 'comments' && comments.has(row.statement)) ||
    (section === 'grants' && roles.some((role) => row.statement.endsWith(` to ${role};`)))
}

export interface ViewColumn {
  view: string
  view_comment: string | null
  is_security_invoker: boolean
  column: string
  type: string
  column_comment: string | null
}

/** Every column of every public view, in order. */
export async function columnsOfViews(url: string): Promise<ViewColumn[]> {
  return withClient(
    url,
    async (client) => (await client.query<ViewColumn>(statement('catalogue/views_of_bi.sql'))).rows,
  )
}

/** The page `docs/star-schema.md`, made from the comments in the catalogue. */
export function starSchemaPage(columns: readonly ViewColumn[]): string {
  const views = Map.groupBy(columns, ({ view }) => view)
  const kinds: [string, (view: string) => boolean][] = [
    ['Dimensions', (view) => view.startsWith('dim_')],
    ['Facts', (view) => view.startsWith('fact_')],
    ['Sums, live state and how Shelfline runs', (view) => !/^(dim|fact)_/.test(view)],
  ]
  const parts = kinds.map(([title, belongs]) => {
    const pages = [...views].filter(([view]) => belongs(view)).map(([view, fields]) => viewPage(view, fields))
    return `## ${title}\n\n${pages.join('\n')}`
  })
  return `# Star schema

Made from the comments in the database by \`npm run schema\`; a test fails when this page is out of date.

These views in the schema \`bi\` are the public contract; the tables behind them may change. How to connect, what refreshes
when, and who sees what: [power-bi.md](power-bi.md).

${parts.join('\n')}`
}

function viewPage(view: string, fields: readonly ViewColumn[]): string {
  const rows = fields.map(({ column, type, column_comment }) => {
    const shown = type.replace(' without time zone', '')
    return `| \`${column}\` | ${shown} | ${(column_comment ?? '').replaceAll('|', '\\|')} |`
  })
  return `### ${view}\n\n${fields[0]!.view_comment ?? ''}\n\n| column | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Names in definitions are then always written with their schema.
    await client.query("set search_path = ''")
    return await work(client)
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  const database = await createTestDatabase(loadSettings())
  try {
    const folder = join(root, 'sql/schema')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    for (const [schema, text] of await dumpSchemas(database.url)) writeFileSync(join(folder, `${schema}.sql`), text)
    writeFileSync(join(root, 'docs/star-schema.md'), starSchemaPage(await columnsOfViews(database.url)))
  } finally {
    await database.drop()
  }
}
