import type { Column } from '../../../lake/schema.ts'
import { LISTS_FILE, type PartnerList } from '../../../models/insights/cross-sell.ts'
import { readArtefact } from '../../../models/registry/artefact.ts'
import { writeColumns } from '../../registry/columns.ts'
import { CHAMPION_STATEMENT } from '../../registry/versions.ts'
import { demandInput } from '../features/demand.ts'
import { derivedAsset } from '../features/features-asset.ts'
import type { AssetContext } from '../framework/asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { noModelCheck, noModelQuestion, type PinnedChampion, pinChampion, pinnedChampion } from './champion.ts'

const columns: readonly Column[] = [
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'place', type: 'integer', nullable: false },
  { name: 'other_product_id', type: 'string', nullable: false },
  { name: 'similarity', type: 'double', nullable: false },
  { name: 'baskets', type: 'integer', nullable: false },
  { name: 'baskets_together', type: 'integer', nullable: false },
  { name: 'lift', type: 'double' },
  { name: 'model_version', type: 'integer', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const crossSellInput = datedTable('predictions/cross_sell', columns)

export const predictionsCrossSell = derivedAsset({
  name: 'predictions/cross_sell',
  description:
    'For each product that still sells those that go into the same baskets, the nearest first, by the model that was champion when it was due.',
  pipeline: 'batch-prediction',
  output: crossSellInput,
  reads: { features: demandInput },
  orderBy: ['product_id', 'place'],
  pinFiles: [CHAMPION_STATEMENT],
  files: [],
  revision: 1,
  questions: [noModelQuestion],
  pin: (context, date) => pinChampion(context, 'cross_sell', date),
  async make(context, connection, { keep, inputs, relations: { features } }) {
    const champion = pinnedChampion(inputs, 'cross_sell')
    await connection.run(`create or replace temp table scored_by as select ${champion !== undefined} as is_modelled`)
    // Lists belong to no store: the shard of the store without a name writes them.
    const { mine } = await onlyRow(connection, `select count(*) as mine from (select '' as store_id) where ${keep}`)
    const pairs = champion && Number(mine) === 1 ? await readPairs(context, champion) : []
    await writeColumns(connection, 'pair', pairs.length, {
      product_id: { type: 'varchar', of: (row) => pairs[row]!.list.product },
      listed: { type: 'integer', of: (row) => pairs[row]!.place },
      other_product_id: { type: 'varchar', of: (row) => pairs[row]!.partner.product },
      similarity: { type: 'double', of: (row) => pairs[row]!.partner.similarity },
      baskets: { type: 'integer', of: (row) => pairs[row]!.list.baskets },
      baskets_together: { type: 'integer', of: (row) => pairs[row]!.partner.together },
      lift: { type: 'double', of: (row) => pairs[row]!.partner.lift ?? null },
    })
    await connection.run(
      `create or replace temp table features as
       with active as (select distinct product_id from ${features})
       select product_id, (row_number() over (partition by product_id order by listed))::integer as place,
         other_product_id, similarity, baskets, baskets_together, lift, ${champion?.version ?? 0} as model_version
       from pair
       where product_id in (from active) and other_product_id in (from active)`,
    )
  },
  async measure(connection) {
    const { modelled } = await onlyRow(connection, 'select is_modelled as modelled from scored_by')
    return { unmodelled: modelled ? 0 : 1 }
  },
  check: (measured) => [noModelCheck(measured)],
})

async function readPairs({ objectStore }: AssetContext, { artefact }: PinnedChampion) {
  const lists = JSON.parse((await readArtefact(objectStore, artefact, LISTS_FILE)).toString()) as PartnerList[]
  return lists.flatMap((list) => list.partners.map((partner, index) => ({ list, partner, place: index + 1 })))
}
