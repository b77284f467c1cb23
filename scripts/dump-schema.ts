/**
 * Writes what is made from a freshly migrated database: `sql/schema.sql`, the schema as a reviewed file, and
 * `docs/star-schema.md`, the page about the public views. Needs a running instance (`shelfline stack up`).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
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

/**
 * The schema of a database as text that depends on nothing but the schema: for reading and comparing, not for restoring.
 *
 * @param url a freshly migrated database; one that was used has monthly partitions on top
 */
export async function dumpSchema(url: string): Promise<string> {
  const parts = ['-- Made by `npm run schema` from a freshly migrated database; a test fails when it is out of date.\n']
  await withClient(url, async (client) => {
    for (const [title, file] of sections) {
      const { rows } = await client.query<{ statement: string }>(statement(`catalogue/${file}.sql`))
      if (rows.length === 0) continue
      const separator = ONE_LINE_SECTIONS.has(file) ? '\n' : '\n\n'
      parts.push(`\n-- ${title}\n\n${rows.map((row) => row.statement).join(separator)}\n`)
    }
  })
  return parts.join('')
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
    writeFileSync(join(root, 'sql/schema.sql'), await dumpSchema(database.url))
    writeFileSync(join(root, 'docs/star-schema.md'), starSchemaPage(await columnsOfViews(database.url)))
  } finally {
    await database.drop()
  }
}
