import type { AssetDefinition } from '../framework/asset.ts'
import { expectNone, questions } from '../framework/checks.ts'
import { type StarDefinition, type SwapRunner, starAsset } from '../framework/star-asset.ts'

interface MergeSql {
  merge: string
  [name: string]: string
}

export interface DimensionDefinition extends Pick<StarDefinition, 'name' | 'description' | 'reads' | 'revision'> {
  /** The natural key, in the lake and in the catalogue. */
  id: 'store_id' | 'product_id'
  catalogue: string
  sql: { stage: string; merge: string }
  /** What the merging statement requires besides `{staging}`. */
  scope?(run: SwapRunner<MergeSql>, staging: string): Promise<Readonly<Record<string, string>>>
}

const { unknown_members: unknownMembers } = questions({
  unknown_members: ['warn', 'members that are in no catalogue'],
})

/**
 * A type 2 dimension. Its partition for a date is what the date's rows name: when it is built, each of those has a
 * version for every instant, and everything that the catalogue contained until now is in.
 */
export function dimension({ id, catalogue, sql, scope, ...definition }: DimensionDefinition): AssetDefinition {
  return starAsset({
    ...definition,
    members: [],
    runsOnSpark: true,
    columns: { member_id: { type: 'string', comment: `A ${id} that a row of the day names.` } },
    notCarried: 'all',
    sql: { stage: sql.stage, check: 'star/check_members.sql', swap: { merge: sql.merge } as MergeSql },
    parameters: () => ({ catalogue, id }),
    staged: 'table',
    sums: [],
    lock: 'asset',
    async replace(run, target) {
      // Shards are of stores, so that two of them may name the same product.
      const staging = `(select distinct member_id from ${target.staging} as staged)`
      await run.statement('merge', { staging, ...(await scope?.(run, staging)) })
      const [counted] = await run.query<{ members: number }>(`select count(*) as members from ${staging} as named`)
      return counted!.members
    },
    checks: [unknownMembers],
    async check(_context, { found }) {
      const members = (found.unknown_members ?? []) as string[]
      const examples = members.map((member) => ({ reason: 'not in the catalogue', row: { [id]: member } }))
      return [expectNone(unknownMembers, Number(found.unknown), { examples })]
    },
  })
}
