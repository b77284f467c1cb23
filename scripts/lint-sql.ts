/**
 * The linter of `sql/`: every statement is read by the parser of the database that runs it (PostgreSQL's by libpg-query, with
 * the bodies of functions; DuckDB's by DuckDB), what either engine of assets runs has nothing that only DuckDB has, and keywords are
 * in lower case. Exits with 1 when something was found.
 */
import { globSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { loadModule, parsePlPgSQLSync, parseSync, scanSync } from 'libpg-query'
import { isForBoth, problemsOnSpark } from './lint-both-engines.ts'

const SQL = join(import.meta.dirname, '..', 'sql')

/** What DuckDB runs; all else PostgreSQL does. */
const DUCKDB = [
  'cleansed/{cleanse_*,count_raw,link_returns,read_raw}.sql',
  'features/!(live_state).sql',
  'forecasting/{category,evaluation,file,season}_*.sql',
  'insights/*.sql',
  'predictions/{on_hand,stage_*}.sql',
  'registry/{demand_rates,store_gaps,store_terms,trial_*}.sql',
  'simulation/{lines_*,pattern}.sql',
  'sources/*.sql',
  'star/stage_*.sql',
  'streams/recompute/*.sql',
]

/** Whether DuckDB runs a statement. @param file below `sql/` */
export const isDuckDb = (file: string): boolean => DUCKDB.some((glob) => matchesGlob(file, glob))

/** Made from a database, as PostgreSQL prints it. */
const GENERATED = 'schema/*.sql'

/** What a placeholder represents where it is no name, value or condition. Any other is read as a name. */
const FRAGMENTS: Readonly<Record<string, string>> = {
  covariate_columns: '',
  covariate_features: '1 as covariate,',
  history_features: '1 as history,',
  horizon_cases: "when days <= 7 then '1-7'",
  history_joins: '',
  means: '',
  member_rows: '(1)',
  order: 'order by 1',
  value_joins: '',
  weekday_cases: 'when 1 then 1',
  weekday_mean_cases: 'when 1 then 1',
  weekday_share_cases: 'when 1 then 1',
}

export interface Finding {
  /** Below `sql/`. */
  file: string
  /** From 1. */
  line: number
  what: string
}

/** How PL/pgSQL hands an expression to SQL: as it is, after `select`, or as an assignment's right side. */
const EXPRESSION_MODE = 2

/** @param text the file's, with its placeholders */
export async function lintSql(connection: DuckDBConnection, file: string, text: string): Promise<Finding[]> {
  await loadModule()
  const filled = text.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => FRAGMENTS[name] ?? `${name}_`)
  const findings = isDuckDb(file) ? await parseAsDuckDb(connection, filled) : parseAsPostgres(filled)
  const onSpark = isForBoth(file) ? problemsOnSpark(filled) : []
  return [...findings, ...onSpark, ...upperCaseKeywords(text)].map((finding) => ({ file, ...finding }))
}

type Found = Omit<Finding, 'file'>

async function parseAsDuckDb(connection: DuckDBConnection, text: string): Promise<Found[]> {
  try {
    await connection.extractStatements(text)
    return []
  } catch (error) {
    const { message } = error as Error
    const [, line = '1'] = /LINE (\d+):/.exec(message) ?? []
    return [{ line: Number(line), what: message.split('\n')[0]!.replace('Failed to extract statements: ', 'DuckDB: ') }]
  }
}

function parseAsPostgres(text: string): Found[] {
  const bytes = Buffer.from(text)
  const lineAt = (byte: number) => bytes.subarray(0, byte).toString().split('\n').length
  let statements: ReturnType<typeof parseSync>['stmts']
  try {
    statements = parseSync(text).stmts ?? []
  } catch (error) {
    const { message, sqlDetails } = error as Error & { sqlDetails?: { cursorPosition: number } }
    const line = text.slice(0, sqlDetails?.cursorPosition ?? 0).split('\n').length
    return [{ line, what: `PostgreSQL: ${message}; where DuckDB runs the file, name it in scripts/lint-sql.ts` }]
  }
  return statements.flatMap(({ stmt, stmt_location: from = 0, stmt_len: length = bytes.length - from }) => {
    const leading = /^(?:\s|--.*\n)*/.exec(bytes.subarray(from, from + length).toString())![0]
    const line = lineAt(from + Buffer.byteLength(leading))
    return bodyProblems(stmt, bytes.subarray(from, from + length).toString()).map((what) => ({ line, what }))
  })
}

/** What is wrong in the body of a function or a `do`, which PostgreSQL itself sees when it runs. */
function bodyProblems(stmt: object, text: string): string[] {
  const [kind, node] = Object.entries(stmt)[0] as [string, object]
  if (kind !== 'CreateFunctionStmt' && kind !== 'DoStmt') return []
  const options = valuesOf(node, 'DefElem') as { defname: string; arg: object }[]
  const said = (name: string) => options.find(({ defname }) => defname === name)?.arg
  const language =
    (valuesOf(said('language'), 'sval')[0] as string | undefined) ?? (kind === 'DoStmt' ? 'plpgsql' : 'sql')
  try {
    if (language === 'plpgsql') {
      const expressions = valuesOf(parsePlPgSQLSync(`${text};`), 'PLpgSQL_expr') as {
        query: string
        parseMode: number
      }[]
      for (const { query, parseMode } of expressions) parseSync(asStatement(query, parseMode))
    } else if (language === 'sql' && said('as')) parseSync(valuesOf(said('as'), 'sval')[0] as string)
    return []
  } catch (error) {
    return [`PostgreSQL, in the body: ${(error as Error).message}`]
  }
}

/** An expression or the right side of an assignment, as a statement of SQL. */
function asStatement(query: string, mode: number): string {
  if (mode < EXPRESSION_MODE) return query
  return `select ${mode === EXPRESSION_MODE ? query : query.replace(/^.*?:?=/s, '')}`
}

/** Every value under a key, wherever it is in a tree. */
function valuesOf(tree: unknown, key: string): unknown[] {
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree).flatMap(([name, value]) => (name === key ? [value] : valuesOf(value, key)))
}

/** Words that PostgreSQL knows, also within bodies of functions, which to its scanner are one text. */
function upperCaseKeywords(text: string): Found[] {
  return text
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/'(?:[^']|'')*'|"[^"]*"/g, (quoted) => quoted.replaceAll(/[^\n]/g, ' '))
    .split('\n')
    .flatMap((line, index) => {
      const words = line.match(/\b[A-Z][A-Z]+\b/g) ?? []
      const keywords = words.filter((word) => scanSync(word.toLowerCase()).tokens[0]?.keywordName !== 'NO_KEYWORD')
      return keywords.map((word) => ({ line: index + 1, what: `${word}: keywords are in lower case` }))
    })
}

/** Every finding in `sql/`. */
async function lintAll(): Promise<Finding[]> {
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  try {
    const files = globSync('**/*.sql', { cwd: SQL }).filter((file) => !matchesGlob(file, GENERATED))
    const findings: Finding[] = []
    for (const file of files.sort())
      findings.push(...(await lintSql(connection, file, readFileSync(join(SQL, file), 'utf8'))))
    return findings
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}

if (import.meta.main) {
  const findings = await lintAll()
  for (const { file, line, what } of findings) console.error(`sql/${file}:${line}: ${what}`)
  if (findings.length > 0) process.exitCode = 1
}
