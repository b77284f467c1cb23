/**
 * Unusual sale lines: the champion isolation forest (`unusual_sales`) scores each line when it is read.
 *
 * **State**: `ops.anomaly`, the lines that count as unusual, with the features that explain their score; `ops.anomaly_scorer`,
 * the version in use.
 *
 * **Outputs**: none; the alert `unusual_sale` reports them.
 *
 * **Rules**
 *
 * - A line is compared with the usual sales and price of its product in its store (`state.sales_rate`); unknown values count
 *   as average.
 * - A usual line counts as applied and is not stored, so that only a copy of an unusual one counts as a duplicate.
 * - After a promotion the next batch is scored by the new version; stored scores do not change. If a champion does not load,
 *   the one before it stays in use, loading is retried every minute, and `ops.anomaly_scorer` has the error.
 * - Without a champion nothing is scored.
 */
import type { PosTransaction } from '../../contracts/events.ts'
import {
  type AnomalyManifest,
  FOREST_FILE,
  lineFeatures,
  writeLineRow,
} from '../../models/insights/anomaly-features.ts'
import { type AnomalyScorer, anomalyReasons, scoreAnomaly } from '../../models/insights/anomaly-score.ts'
import { forestFromJson } from '../../models/insights/isolation-forest.ts'
import { assertFeatures, readArtefact, readManifest } from '../../models/registry/artefact.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import type { Outcomes, Processor, ReadObject, ValidBatch } from '../runtime/processor.ts'

const MODEL = 'unusual_sales'
const REASONS_MAX = 3
const ARTEFACT_BYTES_MAX = 32 * 1024 * 1024
const RETRY_AFTER_MS = 60_000

const readChampion = preparedStatement('read_sales_champion')
const readUsual = preparedStatement('read_usual_sales')
const insertAnomalies = preparedStatement('insert_anomalies')
const noteScorer = preparedStatement('note_anomaly_scorer')

export const anomalyScores: Processor = {
  name: 'anomaly_scores',
  topics: ['pos_transactions'],
  ignoresCustomers: true,
  apply,
}

interface Scorer extends AnomalyScorer {
  /** Folder in the bucket; what was registered there never changes. */
  artefact: string
  version: number
  threshold: number
}

interface Champion {
  version: number
  artefact: string
  /** A row of `ops.anomaly_scorer`. */
  noted: number | null
  problem: string | null
}

/** One forest at most is held: the one that scored last. */
let held: Scorer | undefined
let failed: { artefact: string; atMs: number; problem: string } | undefined

async function apply(client: PoolClient, { events }: ValidBatch, readObject: ReadObject): Promise<Outcomes> {
  const scorer = await scorerOf(client, readObject)
  if (scorer === undefined) return { applied: events.length, duplicate: 0, late: 0 }
  const odd = await findOdd(client, scorer, events as PosTransaction[])
  if (odd.length === 0) return { applied: events.length, duplicate: 0, late: 0 }
  const { rowCount } = await client.query({ ...insertAnomalies, values: [JSON.stringify(odd), scorer.version] })
  const duplicate = odd.length - rowCount!
  return { applied: events.length - duplicate, duplicate, late: 0 }
}

/** The champion, loaded; the one before it when it does not load. Notes a change in the transaction of the batch. */
async function scorerOf(client: PoolClient, readObject: ReadObject): Promise<Scorer | undefined> {
  const { rows } = await client.query<Champion>(readChampion)
  const champion = rows[0]
  if (champion === undefined) return undefined
  const problem = await hold(champion, readObject)
  const version = held?.version ?? null
  if (champion.noted !== version || champion.problem !== problem) {
    await client.query({ ...noteScorer, values: [version, problem] })
  }
  return held
}

/** @returns why the champion does not load; null when it is held */
async function hold({ artefact, version }: Champion, readObject: ReadObject): Promise<string | null> {
  if (held?.artefact === artefact) return null
  if (failed?.artefact === artefact && performance.now() - failed.atMs < RETRY_AFTER_MS) return failed.problem
  try {
    held = { artefact, version, ...(await load(artefact, readObject)) }
    failed = undefined
    return null
  } catch (error) {
    failed = { artefact, atMs: performance.now(), problem: `${MODEL}@${version}: ${(error as Error).message}` }
    return failed.problem
  }
}

async function load(artefact: string, readObject: ReadObject): Promise<Omit<Scorer, 'artefact' | 'version'>> {
  const files = { get: readObject }
  const { features, threshold, combination } = await readManifest<AnomalyManifest>(files, artefact)
  assertFeatures(artefact, features, lineFeatures)
  const forest = await readArtefact(files, artefact, FOREST_FILE)
  if (forest.length > ARTEFACT_BYTES_MAX)
    throw new Error(`${artefact} has ${forest.length} bytes, more than a forest can have`)
  return { forest: forestFromJson(forest.toString()), threshold, combination }
}

async function findOdd(client: PoolClient, scorer: Scorer, events: readonly PosTransaction[]) {
  const usual = await usualOf(client, events)
  const values = new Float32Array(lineFeatures.length)
  return events.flatMap((event) => {
    const known = usual.get(keyOf(event))
    const [quantity, unitPrice, discount] = [Number(event.quantity), Number(event.unit_price), Number(event.discount)]
    const amount = event.net_amount === undefined ? quantity * unitPrice - discount : Number(event.net_amount)
    // The till's own clock: the store's.
    const hour = Number(event.event_at.slice(11, 13)) + Number(event.event_at.slice(14, 16)) / 60
    const { usualUnits = Number.NaN, usualPrice = Number.NaN } = known ?? {}
    writeLineRow({ quantity, unitPrice, discount, amount, hour, usualUnits, usualPrice }, values, 0)
    const score = scoreAnomaly(scorer, values)
    if (!(score >= scorer.threshold)) return []
    const reasons = anomalyReasons(scorer, values, 0, REASONS_MAX).map(({ feature, value, share }) => ({
      feature,
      value: Number(value.toPrecision(6)),
      share: Number(share.toFixed(4)),
    }))
    return [{ ...event, amount, score, reason: reasons[0]?.feature ?? 'none', reasons }]
  })
}

const SEPARATOR = '\n'
const keyOf = ({ store_id, product_id }: PosTransaction) => `${store_id}${SEPARATOR}${product_id}`

async function usualOf(client: PoolClient, events: readonly PosTransaction[]) {
  const keys = [...new Map(events.map((event) => [keyOf(event), event])).values()]
  const values = [keys.map(({ store_id }) => store_id), keys.map(({ product_id }) => product_id)]
  const { rows } = await client.query<{ store_id: string; product_id: string; units: number; price: number | null }>({
    ...readUsual,
    values,
  })
  return new Map(
    rows.map(({ store_id, product_id, units, price }) => [
      `${store_id}${SEPARATOR}${product_id}`,
      { usualUnits: units, usualPrice: price ?? Number.NaN },
    ]),
  )
}
