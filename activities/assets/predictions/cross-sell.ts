import { LISTS_FILE, type PartnerList } from '../../../models/insights/cross-sell.ts'
import { readArtefact } from '../../../models/registry/artefact.ts'
import { writeColumns } from '../../registry/columns.ts'
import { CHAMPION_STATEMENT } from '../../registry/versions.ts'
import { demandInput } from '../features/demand.ts'
import type { AssetContext } from '../framework/asset.ts'
import { questions } from '../framework/checks.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { noModelCheck, noModelQuestion, type PinnedChampion, pinChampion, pinnedChampion } from './champion.ts'
import { modelVersion, productId } from './columns.ts'

export const crossSellInput = datedTable(
  'predictions/cross_sell',
  'For each product that still sells the products in the same baskets, the most similar first, by the champion at the due time.',
  {
    product_id: productId,
    place: { type: 'integer', comment: "Place in the product's list; 1 is the nearest." },
    other_product_id: { type: 'string', comment: 'The product that goes with it.' },
    similarity: { type: 'double', comment: "Cosine of the two products' vectors, at most 1." },
    baskets: {
      type: 'integer',
      comment: 'Baskets with the product among those that the model was trained on.',
    },
    baskets_together: {
      type: 'integer',
      comment: 'Baskets with both among them; 0: only like baskets suggest it.',
    },
    lift: {
      type: 'double',
      isNullable: true,
      comment: 'How many times as often both are bought together as by chance.',
    },
    model_version: modelVersion('cross_sell'),
  },
)

const checks = questions({ no_model: noModelQuestion })

export const predictionsCrossSell = derivedAsset({
  pipeline: 'batch-prediction',
  output: crossSellInput,
  reads: { features: demandInput },
  orderBy: ['product_id', 'place'],
  sql: {},
  uses: { pins: [CHAMPION_STATEMENT] },
  revision: 1,
  checks,
  pin: (context, date) => pinChampion(context, 'cross_sell', date),
  async make(context, { connection }, { keep, inputs, relations: { features } }) {
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
  check: (measured) => [noModelCheck(checks.no_model, measured)],
})

async function readPairs({ objectStore }: AssetContext, { artefact }: PinnedChampion) {
  const lists = JSON.parse((await readArtefact(objectStore, artefact, LISTS_FILE)).toString()) as PartnerList[]
  return lists.flatMap((list) => list.partners.map((partner, index) => ({ list, partner, place: index + 1 })))
}
