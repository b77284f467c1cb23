/** How features lie: histograms over bins that training has set, counted the same way then and later. */
import type { Profile } from '../../models/registry/drift.ts'
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { storeFeatures } from '../assets/features/columns.ts'

/** Rows that edges are made from: more change no decile. */
const PROFILE_ROWS_MAX = 50_000
const DECILES = '[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]'

/** @param relation rows of features, with the series that each is of */
export async function profileFeatures(
  connection: DuckDBConnection,
  relation: string,
  features: readonly string[],
): Promise<Record<string, Profile>> {
  const columns = features.map((name) => `"${name}"`)
  await connection.run(
    `create or replace temp table profiled as select store_id, product_id, ${columns.join(', ')} from ${relation}
     order by hash(store_id, product_id, date) limit ${PROFILE_ROWS_MAX}`,
  )
  const deciles = columns.map((column) => `quantile_disc(${column}, ${DECILES})::double[]`)
  const [found] = (await connection.runAndReadAll(`select ${deciles.join(', ')} from profiled`)).getRowsJson()
  // The deciles of a feature that is mostly zero are mostly zero: one bin, not nine.
  const edges = found!.map((values) => [...new Set((values as number[] | null) ?? [])].sort((one, two) => one - two))
  return countFeatures(connection, 'profiled', Object.fromEntries(features.map((name, index) => [name, edges[index]!])))
}

/** Histograms of a relation's rows over edges that are given. */
export async function countFeatures(
  connection: DuckDBConnection,
  relation: string,
  edges: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, Profile>> {
  const names = Object.keys(edges)
  const counts = names.map((name) => {
    const below = edges[name]!.map((edge) => `count(*) filter (where "${name}" <= ${edge})`)
    return `[${[...below, `count("${name}")`, 'count(*)'].join(', ')}]::double[]`
  })
  const sizes = 'count(distinct (store_id, product_id))::double, count(distinct store_id)::double'
  const query = `select ${sizes}, ${counts.join(', ')} from ${relation}`
  const [[series, stores, ...running]] = (await connection.runAndReadAll(query)).getRowsJson() as [
    [number, number, ...number[][]],
  ]
  return Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        edges: [...edges[name]!],
        counts: running[index]!.map((count, bin, all) => count - (all[bin - 1] ?? 0)),
        size: storeFeatures.has(name) ? stores : series,
      },
    ]),
  )
}
