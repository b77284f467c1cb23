import type { PoolClient } from '../../../platform/postgres/postgres.ts'
import type { AssetDefinition, CheckResult } from '../framework/asset.ts'
import { expectNone } from '../framework/checks.ts'
import { type StarDefinition, starAsset } from '../framework/star-asset.ts'

export interface DimensionDefinition extends Pick<StarDefinition, 'name' | 'description' | 'reads' | 'revision'> {
  /** The natural key, in the lake and in the catalogue. */
  id: 'store_id' | 'product_id'
  catalogue: string
  swapFile: string
  merge(client: PoolClient, staging: string): Promise<void>
}

/**
 * A type 2 dimension. Its partition for a date is what the date's rows name: when it is built, each of those has a
 * version for every instant, and everything that the catalogue told until now is in.
 */
export function dimension(definition: DimensionDefinition): AssetDefinition {
  const { name, description, reads, revision, id, catalogue, swapFile, merge } = definition
  return starAsset({
    name,
    description,
    upstream: Object.values(reads).map(({ table }) => table),
    reads,
    files: {
      stage: `star/stage_${name.replace('dim_', '')}_members.sql`,
      check: 'star/check_members.sql',
      swap: [swapFile],
    },
    checkParameters: { catalogue, id },
    revision,
    staged: 'table',
    stagingColumns: 'member_id text not null',
    sums: [],
    questions: [{ check: 'unknown_members', severity: 'warn', question: 'members that no catalogue tells of' }],
    lock: 'asset',
    async replace(client, { staging }) {
      // Shards are of stores, so that two of them may name the same product.
      const members = `(select distinct member_id from ${staging} as staged)`
      await merge(client, members)
      const { rows } = await client.query<{ members: number }>(`select count(*) as members from ${members} as named`)
      return rows[0]!.members
    },
    async check(_context, _target, found): Promise<CheckResult[]> {
      const members = (found.unknown_members ?? []) as string[]
      const examples = members.map((member) => ({ reason: 'no catalogue tells of it', row: { [id]: member } }))
      return [
        expectNone('unknown_members', `members that no catalogue tells of`, Number(found.unknown), 'warn', examples),
      ]
    },
  })
}
