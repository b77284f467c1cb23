/** Statements of assets on Spark: what is written differently there, and how its rows come back. */
import { readFileSync } from 'node:fs'
import type { Where } from '../../../lake/scan.ts'
import type { Column } from '../../../lake/schema.ts'
import { loadArrow } from '../../../platform/duckdb/arrow.ts'
import { type DuckDBConnection, identifier, literal } from '../../../platform/duckdb/duckdb.ts'
import { openSparkSession, type SparkSession } from '../../../platform/spark/spark-connect.ts'
import type { AssetContext } from './asset.ts'
import type { Engine } from './engine.ts'
import { type LakeInput, tableOf } from './lake-input.ts'
import { deleteResults, newResultsFolder } from './results.ts'
import { allRows } from './work.ts'

/** Under these Spark reads the text, and counts, as DuckDB does. */
const SESSION = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.ansi.enabled': 'true',
  'spark.sql.ansi.doubleQuotedIdentifiers': 'true',
  // The product of two decimals has the places of both, as in DuckDB; by default Spark rounds it first.
  'spark.sql.decimalOperations.allowPrecisionLoss': 'false',
  'spark.sql.parquet.outputTimestampType': 'TIMESTAMP_MICROS',
}

/** What DuckDB has and Spark has not, in the words of Spark. */
const FUNCTIONS = [
  'timezone(zone string, instant timestamp) returns timestamp return from_utc_timestamp(instant, zone)',
  'to_hours(hours int) returns interval day to second return make_dt_interval(0, hours)',
  // Monday is 1.
  'isodow(day date) returns int return weekday(day) + 1',
]

/** Gives `work` a session of its own at the server of the settings; a cancelled run ends the statement that is under way. */
export async function withSpark<Result>(
  context: AssetContext,
  connection: DuckDBConnection,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const { settings, signal } = context
  const session = openSparkSession(settings.sparkUrl, {
    ...(settings.caFile && { authorities: readFileSync(settings.caFile) }),
    onProgress: () => context.heartbeat(),
  })
  const folder = newResultsFolder(context)
  const interrupt = () => void session.interrupt().catch(() => undefined)
  signal.addEventListener('abort', interrupt)
  try {
    await session.configure(SESSION)
    for (const definition of FUNCTIONS) await session.run(`create or replace temporary function ${definition}`)
    return await work(sparkEngine(context, connection, session, folder))
  } finally {
    signal.removeEventListener('abort', interrupt)
    // What can't be reached from here forgets the session by itself.
    await session.close().catch(() => undefined)
    await deleteResults(context, folder)
  }
}

function sparkEngine(
  context: AssetContext,
  connection: DuckDBConnection,
  session: SparkSession,
  folder: string,
): Engine {
  const { settings, signal } = context
  let relations = 0
  const run = async (statements: string) => {
    for (const statement of statementsOf(statements).flatMap(forSpark)) {
      signal.throwIfAborted()
      await session.run(statement)
    }
  }
  return {
    connection,
    run,
    async rows(query) {
      await loadArrow(connection, 'spark_rows', session.query(query))
      const rows = await allRows(connection, 'from spark_rows')
      await connection.run('drop table spark_rows')
      return rows
    },
    async relation(input: LakeInput, version: number, where: Where) {
      const table = await tableOf(input, context)
      const { names, columns } = await table.parts({ version, where })
      relations += 1
      const view = `lake_${relations}`
      await session.run(defineView(view, table.uri.replace(/^s3:/, 's3a:'), names, columns))
      const filter = conditionOf(where)
      const list = columns.map(({ name }) => identifier(name)).join(', ')
      return `(select ${list} from ${view}${filter && ` where ${filter}`})`
    },
    async result(table) {
      const place = `${settings.objectStoreBucket}/${folder}/${table}`
      await session.run(`insert overwrite directory 's3a://${place}' using parquet select * from ${identifier(table)}`)
      await connection.run(
        `create or replace temp view ${identifier(table)} as from read_parquet(${literal(`s3://${place}/*.parquet`)})`,
      )
    },
  }
}

/**
 * A temporary view over data files. Their names come from the log as it is read here: Spark's own reader of Delta asks the log with jobs of
 * Spark each time that it plans a statement, dozens of them for one asset.
 */
function defineView(view: string, folder: string, names: readonly string[], columns: readonly Column[]): string {
  if (names.length === 0) {
    const nothing = columns.map(({ name, type }) => `cast(null as ${sparkType(type)}) as ${identifier(name)}`)
    return `create or replace temp view ${view} as select ${nothing.join(', ')} where false`
  }
  const declared = columns.map(({ name, type }) => `${identifier(name)} ${sparkType(type)}`).join(', ')
  const path = literal(`${folder}/{${names.join(',')}}`)
  return `create or replace temp view ${view} (${declared}) using parquet options (path ${path}, basePath ${literal(folder)})`
}

const sparkNames: Readonly<Record<string, string>> = {
  long: 'bigint',
  integer: 'int',
  short: 'smallint',
  byte: 'tinyint',
}

/** @throws Error for a type that no input of an asset has */
function sparkType(type: Column['type']): string {
  if (typeof type === 'string') return sparkNames[type] ?? type
  if (type.type === 'array') return `array<${sparkType(type.elementType)}>`
  throw new Error(`Spark: columns of the type ${type.type} are not read`)
}

const conditionOf = (where: Where): string =>
  Object.entries(where)
    .flatMap(([name, value]) => {
      const { from, to } = typeof value === 'object' ? value : { from: value, to: value }
      const bound = (limit: string | number) => literal(String(limit))
      return [
        ...(from === undefined ? [] : [`${identifier(name)} >= ${bound(from)}`]),
        ...(to === undefined ? [] : [`${identifier(name)} <= ${bound(to)}`]),
      ]
    })
    .join(' and ')

/** Statements that are separated by semicolons, without comments. */
export function statementsOf(text: string): string[] {
  const statements = ['']
  for (const [part] of text.matchAll(/--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^-'";]+|-/g)) {
    if (part === ';') statements.push('')
    else if (!part.startsWith('--')) statements[statements.length - 1] += part
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}

const MADE = /^create or replace temp table (\w+) as\s/i
const DROPPED = /^drop table (\w+)$/i

/**
 * A statement as Spark has it. It knows no temporary tables: what is laid into one is a view that Spark keeps once it has been computed. What of it
 * is lost with a worker is computed again.
 */
export function forSpark(statement: string): string[] {
  const made = MADE.exec(statement)
  if (made !== null) {
    const [head, name] = made
    return [`create or replace temp view ${name} as ${statement.slice(head.length)}`, `cache lazy table ${name}`]
  }
  const dropped = DROPPED.exec(statement)
  return [dropped === null ? statement : `drop view ${dropped[1]}`]
}
