import { dayFeatures } from '../../../models/insights/anomaly-features.ts'
import { type AnomalyScorer, anomalyReasons } from '../../../models/insights/anomaly-score.ts'
import { forestFromJson } from '../../../models/insights/isolation-forest.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import { ANOMALY_DAYS_STATEMENT, defineAnomalyDays } from '../../insights/anomalies.ts'
import { openForest } from '../../insights/forest.ts'
import { readMatrix, writeColumns } from '../../registry/columns.ts'
import { runTask } from '../../registry/thread.ts'
import { CHAMPION_STATEMENT } from '../../registry/versions.ts'
import { inventoryInput } from '../cleansed/inventory.ts'
import { dailySalesInput } from '../features/daily-sales.ts'
import { demandInput } from '../features/demand.ts'
import type { AssetContext } from '../framework/asset.ts'
import { expectNone, questions, total } from '../framework/checks.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { noModelCheck, noModelQuestion, type PinnedChampion, pinChampion, pinnedChampion } from './champion.ts'
import { modelVersion, productId, storeId } from './columns.ts'

/** Features that are reported of a row at most. */
const REASONS_MAX = 3

export const anomaliesInput = datedTable(
  'predictions/anomalies',
  'Unusual days of a product in a store, with the features that explain them, by the isolation forest that was champion at the due time.',
  {
    store_id: storeId,
    product_id: productId,
    score: {
      type: 'double',
      comment: "Anomaly score, 0 to 1: average days are near 0.5. Only days above the model's threshold are here.",
    },
    reason: { type: 'string', comment: 'The feature with the largest share of the score.' },
    reasons: {
      type: 'string',
      comment: 'The features that explain the score: [{feature, value, share}], the largest share first.',
    },
    sold_quantity: { type: 'double', comment: 'Units sold on the day.' },
    usual_quantity: { type: 'double', comment: 'Mean units over 28 days on which the store was open.' },
    model_version: modelVersion('anomalies'),
  },
)

const checks = questions({
  no_model: noModelQuestion,
  many_anomalies: ['warn', 'more than one day in ten of a product in a store is unusual: the model is out of date'],
})

export const predictionsAnomalies = derivedAsset({
  pipeline: 'batch-prediction',
  output: anomaliesInput,
  reads: { features: demandInput, daily: dailySalesInput, inventory: inventoryInput },
  orderBy: ['store_id', 'product_id'],
  sql: {},
  uses: { rows: [ANOMALY_DAYS_STATEMENT], pins: [CHAMPION_STATEMENT] },
  revision: JSON.stringify([dayFeatures, REASONS_MAX]),
  checks,
  pin: (context, date) => pinChampion(context, 'anomalies', date),
  async make(context, { connection }, { keep, inputs, relations }) {
    const sources = relations as { features: string; daily: string; inventory: string }
    await defineAnomalyDays(connection, { ...sources, keep })
    const champion = pinnedChampion(inputs, 'anomalies')
    if (champion === undefined) await writeFound(connection, undefined, 0)
    else await scoreDays(context, connection, champion)
  },
  async measure(connection) {
    const found = await onlyRow(
      connection,
      'select (select count(*) from anomaly_day) as days, (select count(*) from features) as odd, (select is_modelled from scored_by) as modelled',
    )
    return { days: Number(found.days), odd: Number(found.odd), unmodelled: found.modelled ? 0 : 1 }
  },
  check(measured) {
    const [days, odd] = [total(measured, 'days'), total(measured, 'odd')]
    const isMany = odd > 10 && odd > days / 10
    return [
      noModelCheck(checks.no_model, measured),
      expectNone(checks.many_anomalies, isMany ? odd : 0, { what: `odd, of ${days} in all` }),
    ]
  },
})

async function scoreDays(context: AssetContext, connection: DuckDBConnection, champion: PinnedChampion): Promise<void> {
  const names = Object.keys(dayFeatures)
  const { manifest, forest } = await openForest(context.objectStore, champion.artefact, names)
  const values = await readMatrix(connection, 'anomaly_day', names)
  context.heartbeat()
  const { combination } = manifest
  const scores = await runTask('scoreForest', { forest, combination, values }, { signal: context.signal })
  const scorer = { forest: forestFromJson(forest), combination }
  const odd = [...scores.keys()].filter((row) => scores[row]! >= manifest.threshold)
  await writeFound(
    connection,
    champion.version,
    odd.length,
    odd.map((row) => ({ row, score: scores[row]!, reasons: explain(scorer, values, row) })),
  )
}

const explain = (scorer: AnomalyScorer, values: Float32Array, row: number) =>
  anomalyReasons(scorer, values, row * scorer.forest.features.length, REASONS_MAX).map(({ feature, value, share }) => ({
    feature,
    value: Number(value.toPrecision(6)),
    share: Number(share.toFixed(4)),
  }))

interface Found {
  row: number
  score: number
  reasons: ReturnType<typeof explain>
}

async function writeFound(
  connection: DuckDBConnection,
  version: number | undefined,
  count: number,
  found: readonly Found[] = [],
): Promise<void> {
  await connection.run(`create or replace temp table scored_by as select ${version !== undefined} as is_modelled`)
  await writeColumns(connection, 'found', count, {
    day: { type: 'integer', of: (row) => found[row]!.row + 1 },
    score: { type: 'double', of: (row) => found[row]!.score },
    reason: { type: 'varchar', of: (row) => found[row]!.reasons[0]?.feature ?? 'none' },
    reasons: { type: 'varchar', of: (row) => JSON.stringify(found[row]!.reasons) },
  })
  await connection.run(
    `create or replace temp table features as
     select store_id, product_id, score, reason, reasons, sold_quantity, usual_quantity, ${version ?? 0} as model_version
     from found join anomaly_day on anomaly_day.n = found.day`,
  )
}
