import { duckDbType } from '../../../lake/schema.ts'
import { type DuckDBConnection, literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import type { AssetContext, InputVersions } from '../framework/asset.ts'
import { expectTrue, questions } from '../framework/checks.ts'
import { DATE_COLUMN, lakeColumns } from '../framework/columns.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable, pinDate, scanAt } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { keyColumns, liveColumns } from './columns.ts'

export const liveStateInput = datedTable(
  'features/live_state',
  'The live state of every store × product on the morning after the day: shelf, warehouse, lots, prices, units on order, alerts, hours out of stock. Copied once; empty for days without a copy.',
  { ...keyColumns, ...liveColumns },
)

/** Where a partition's rows come from: the version that has them, the live state of this morning, or nowhere. */
const SOURCE = 'source'
const THIS_MORNING = 'this morning'
const NOBODY_LOOKED = 'nobody looked'

const names = [...Object.keys(liveStateInput.columns), ...Object.keys(DATE_COLUMN)].join(', ')

const checks = questions({
  taken_on_its_morning: ['warn', 'the live state was not copied on the morning after the day'],
})

/**
 * Live state is gone when it changes. So a morning's is taken once, by the first build of the day's features, and is a
 * fact from then on: a rebuild writes the same values, and a day whose morning is over and was missed stays empty.
 */
export const featuresLiveState = derivedAsset({
  pipeline: 'feature-engineering',
  output: liveStateInput,
  reads: {},
  isTakenOnce: true,
  orderBy: ['store_id', 'product_id'],
  sql: { look: 'features/live_state.sql' },
  revision: 1,
  checks,
  async pin(context, date) {
    const { version, rows } = await pinDate(context, liveStateInput, date)
    if (rows > 0) return { [SOURCE]: version }
    return { [SOURCE]: (await isYesterday(context, date)) ? THIS_MORNING : NOBODY_LOOKED }
  },
  async make(context, connection, { date, keep, inputs, sql }) {
    const query = () => sql.look({ day: `date ${literal(date)}` })
    await withRows(context, connection, { date, inputs, query }, (rows) =>
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
      'there is no copy of that morning: features of the live state are unknown',
    ),
  ],
})

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
  { date, inputs, query }: { date: string; inputs: InputVersions; query: () => string },
  read: (rows: string) => Promise<unknown>,
): Promise<unknown> {
  const source = inputs[SOURCE]!
  if (typeof source === 'number') return read(await scanAt(context, liveStateInput, source, { date }))
  if (source === NOBODY_LOOKED) {
    const nothing = lakeColumns({ ...liveStateInput.columns, ...DATE_COLUMN })
    return read(
      `(select ${nothing.map(({ name, type }) => `null::${duckDbType(type)} as ${name}`).join(', ')} where false)`,
    )
  }
  return withPostgres(connection, context.settings, (postgres) =>
    read(`(select *, date ${literal(date)} as date from postgres_query(${literal(postgres)}, ${literal(query())}))`),
  )
}
