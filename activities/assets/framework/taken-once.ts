import { duckDbType } from '../../../lake/schema.ts'
import { type DuckDBConnection, literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import type { AssetContext, AssetDefinition, InputVersions } from './asset.ts'
import { expectTrue, questions } from './checks.ts'
import { DATE_COLUMN, lakeColumns } from './columns.ts'
import { derivedAsset } from './derived-asset.ts'
import { type DatedTable, pinDate, scanAt } from './lake-input.ts'
import { onlyRow } from './work.ts'

/** Where a partition's rows come from: the version that has them, the database of this morning, or nowhere. */
const SOURCE = 'source'
const THIS_MORNING = 'this morning'
const NOBODY_LOOKED = 'nobody looked'

const checks = questions({
  taken_on_its_morning: ['warn', 'the database was not copied on the morning after the day'],
})

export interface TakenOnceDefinition {
  output: DatedTable
  /** Puts the rows in one order only. */
  orderBy: readonly string[]
  /** The statement, run by PostgreSQL, that gives the columns of a day's morning; `{day}` is the day. */
  sql: string
  revision: number
}

/**
 * What PostgreSQL has is gone when it changes. So a morning's is taken once, by the first build of the day, and is a
 * fact from then on: a rebuild writes the same values, and a day whose morning is over and was missed stays empty.
 */
export function takenOnce({ output, orderBy, sql, revision }: TakenOnceDefinition): AssetDefinition {
  const names = [...Object.keys(output.columns), ...Object.keys(DATE_COLUMN)].join(', ')
  return derivedAsset({
    pipeline: 'feature-engineering',
    output,
    reads: {},
    isTakenOnce: true,
    orderBy,
    sql: { look: sql },
    revision,
    checks,
    async pin(context, date) {
      const { version, rows } = await pinDate(context, output, date)
      if (rows > 0) return { [SOURCE]: version }
      return { [SOURCE]: (await isYesterday(context, date)) ? THIS_MORNING : NOBODY_LOOKED }
    },
    async make(context, { connection }, { date, keep, inputs, sql: statements }) {
      const query = () => statements.look({ day: `date ${literal(date)}` })
      await withRows(context, connection, { output, date, inputs, query }, (rows) =>
        connection.run(`create or replace temp table features as select ${names} from ${rows} where ${keep}`),
      )
    },
    async measure(connection) {
      const { rows } = await onlyRow(connection, 'select count(*) as rows from features')
      return { isMissing: Number(rows) === 0 ? 1 : 0 }
    },
    check: (measured) => [
      expectTrue(
        checks.taken_on_its_morning,
        measured.some(({ isMissing }) => isMissing === 0),
        'there is no copy of that morning: what was then is unknown',
      ),
    ],
  })
}

/** By the clock of the business, in the zone that schedules are read in. */
async function isYesterday({ pool, settings }: AssetContext, date: string): Promise<boolean> {
  const { rows } = await pool.query<{ yesterday: string }>(
    'select ((ops.now() at time zone $1)::date - 1)::text as yesterday',
    [settings.timeZone],
  )
  return rows[0]!.yesterday === date
}

/** Gives `read` the relation that a partition's rows come from. */
async function withRows(
  context: AssetContext,
  connection: DuckDBConnection,
  work: { output: DatedTable; date: string; inputs: InputVersions; query: () => string },
  read: (rows: string) => Promise<unknown>,
): Promise<unknown> {
  const { output, date, inputs, query } = work
  const source = inputs[SOURCE]!
  if (typeof source === 'number') return read(await scanAt(context, output, source, { date }))
  if (source === NOBODY_LOOKED) {
    const nothing = lakeColumns({ ...output.columns, ...DATE_COLUMN })
    return read(
      `(select ${nothing.map(({ name, type }) => `null::${duckDbType(type)} as ${name}`).join(', ')} where false)`,
    )
  }
  return withPostgres(connection, context.settings, (postgres) =>
    read(`(select *, date ${literal(date)} as date from postgres_query(${literal(postgres)}, ${literal(query())}))`),
  )
}
