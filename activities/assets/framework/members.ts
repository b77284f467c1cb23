/** Members that a dimension does not have yet when the rows of a fact name them. */
import { inTransaction, type PoolClient } from '../../../platform/postgres/postgres.ts'
import { statement, statementFrom } from '../../../platform/postgres/sql.ts'
import type { AssetContext } from './asset.ts'

export type Member = 'store' | 'product'

/** By dimension, the staged columns that name its members. */
export type NamedMembers = Partial<Record<Member, readonly string[]>>

/** Each brings its dimension up to date with the catalogue, and infers the members that are in no catalogue. */
export const mergeStatements = {
  store: 'star/merge_dim_store.sql',
  product: 'star/merge_dim_product.sql',
} as const satisfies Record<Member, string>

const MISSING_STATEMENT = 'star/missing_members.sql'
/** The temporary table of those that are added. */
const MISSING = 'missing_member'

/** The statements that `addMissingMembers` runs. */
export const addingStatements = (named: NamedMembers): string[] => {
  const members = Object.keys(named) as Member[]
  return members.length === 0 ? [] : [MISSING_STATEMENT, ...members.map((member) => mergeStatements[member])]
}

/**
 * Adds the members that staged rows name and their dimension does not have: a product may be catalogued and put on a shelf
 * between the load of a day and its predictions. They are merged as the dimension's own asset does it, so that its next
 * build finds nothing to change.
 */
export async function addMissingMembers({ pool }: AssetContext, named: NamedMembers, staging: string): Promise<void> {
  for (const [member, columns] of Object.entries(named) as [Member, readonly string[]][]) {
    const [asset, id] = [`dim_${member}`, `${member}_id`]
    const memberRows = columns.map((column) => `(${column})`).join(', ')
    const missing = statement(MISSING_STATEMENT, {
      staging,
      member_rows: memberRows,
      dimension: `analytics.${asset}`,
      id,
    })
    const { rows } = await pool.query<{ isMissing: boolean }>(`select exists (${missing}) as "isMissing"`)
    if (!rows[0]!.isMissing) continue
    await inTransaction(pool, async (client) => {
      await lockSwaps(client, asset)
      await client.query(`create temp table ${MISSING} on commit drop as ${missing}`)
      const scope = `${id} in (select member_id from ${MISSING})`
      await client.query(statementFrom(mergeStatements[member], { staging: MISSING, scope }))
    })
  }
}

/** Until the transaction ends, no other run swaps what the key names: an asset, or an asset and a date. */
export const lockSwaps = (client: PoolClient, key: string) =>
  client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key])
