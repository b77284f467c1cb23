/** What is thrown and written down when DuckDB can't reach PostgreSQL names no password. */
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DuckDBConnection } from '../platform/duckdb/duckdb.ts'
import { verifyState } from '../streams/runtime/verify.ts'
import { featuresLiveState } from './assets/features/live-state.ts'
import type { AssetContext } from './assets/framework/asset.ts'
import { openTestAssets, type TestAssets } from './assets/framework/testing.ts'
import { defineOnHand } from './assets/star/stock-on-hand.ts'
import { buildPartition } from './backfill/build-partition.ts'
import { postgresSources } from './forecasting/sources.ts'
import { defineAnomalyLines } from './insights/unusual-sales.ts'
import { createBatchMetrics } from './metrics.ts'

let room: TestAssets
/** The room, with a PostgreSQL that nothing listens for: DuckDB takes its address from the settings, the pool is open. */
let away: AssetContext
let password: string

beforeAll(async () => {
  room = await openTestAssets()
  const url = new URL(room.context.settings.postgresUrl)
  password = url.password
  url.port = '9'
  away = { ...room.context, settings: { ...room.context.settings, postgresUrl: url.href } }
})
afterAll(() => room?.close())

/** Everything that an error contains: its message, and what serializing it gives. */
async function toldBy(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  return [
    error?.message,
    error?.stack,
    String((error?.cause as Error | undefined)?.stack),
    JSON.stringify(error),
  ].join()
}

const none = { sales: '(select 1)', first: '2024-05-01', last: '2024-05-01', seed: 1 }
test.each<[string, (context: AssetContext, connection: DuckDBConnection) => Promise<unknown>]>([
  ['state verify', ({ settings, pool }) => verifyState(settings, pool)],
  ['stock on hand', (context, connection) => defineOnHand(context, connection, '2024-05-01')],
  ['the sources of forecasts', postgresSources],
  ['lines of sale', ({ settings }, connection) => defineAnomalyLines(connection, settings, none)],
])('%s: the error names the server and not the password', async (_, read) => {
  const told = await toldBy(read(away, room.connection))
  expect(told).toMatch(
    /Unable to connect to Postgres at "host='127.0.0.1' port='9' dbname='test_\w+' user='shelfline_app' sslmode='disable'"/,
  )
  expect(told).not.toContain(password)
})

test('a partition that fails so has no password in its error, the ledger and the reports', async () => {
  const [day] = await room.rows<{ date: string }>(`select (now()::date - 1)::text as date`)
  const request = { asset: featuresLiveState.name, date: day!.date, reason: 'requested' as const }
  const dependencies = { ...away, metrics: createBatchMetrics(new Registry()), assets: [featuresLiveState] }
  const life = { heartbeat: () => undefined, signal: new AbortController().signal }
  const told = await toldBy(buildPartition(dependencies, { ...request, workflowId: 'w', runId: 'r' }, life))
  expect(told).toContain('Unable to connect to Postgres')
  const [{ runs, ledger, reports }] = (await room.rows<{ runs: string; ledger: string; reports: string }>(
    `select
       (select string_agg(t::text, '') from ops.partition_runs as t) as runs,
       (select string_agg(t::text, '') from ops.partition_ledger as t) as ledger,
       (select string_agg(t::text, '') from bi.pipeline_runs as t) as reports`,
  )) as [{ runs: string; ledger: string; reports: string }]
  for (const text of [runs, ledger]) expect(text).toContain('Unable to connect to Postgres')
  expect(reports).toContain(featuresLiveState.name)
  for (const text of [told, runs, ledger, reports]) expect(text).not.toContain(password)
})

test('nothing of an attachment is left, whether it was used or not', async () => {
  await postgresSources(room.context, room.connection)
  await toldBy(postgresSources(away, room.connection))
  const left = await room.connection.runAndReadAll(
    `select name from duckdb_secrets() where type = 'postgres'
     union all select database_name from duckdb_databases() where type = 'postgres'`,
  )
  expect(left.getRows()).toEqual([])
})
