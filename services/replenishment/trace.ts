/** Where an order comes from: forecast, model, features, cleansed and raw partitions, down to the messages in Kafka. */
import { LakeError } from '../../lake/errors.ts'
import type { Lake } from '../../lake/lake.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { RAW_SINK } from '../../streams/raw/raw-sink.ts'
import { NotFoundError } from '../errors.ts'

const texts = {
  order: statement('replenishment/trace_order.sql'),
  run: statement('replenishment/trace_run.sql'),
}

/** From an order to Kafka it is seven steps; more than this is a cycle. */
const DEPTH_MAX = 12
const RAW = 'raw/'
const MODEL = 'model/'

/** A thing, and what it was made from. */
export interface TraceNode {
  kind: 'order' | 'demand' | 'partition' | 'model' | 'lake' | 'kafka' | 'input'
  /** What a person finds it by, e.g. `features/demand 2024-05-01`. */
  name: string
  /** Figures by name. */
  facts: Record<string, string | number>
  from: TraceNode[]
}

type LakeTables = Pick<Lake, 'table'>

interface TracedOrder {
  purchaseOrderId: string
  supplierId: string
  locationId: string
  reviewDate: string
  status: string
  totalValue: string
  currency: string
  sources: DemandSource[] | null
}

interface DemandSource {
  lines: number
  firstLine: number
  forecastDate: string | null
  forecastRun: number | null
  models: string[]
  usual: string | null
  overrides: number[]
}

interface TracedRun {
  asset: string
  date: string
  run: number
  workflowId: string
  finishedAt: Date
  codeVersion: string | null
  outputVersion: number | null
  rows: number | null
  inputs: Record<string, number | string> | null
}

/**
 * Walks from an order back to the messages that its forecasts know.
 *
 * @throws NotFoundError when there is no such order
 */
export async function traceOrder(pool: Pool, lake: LakeTables, purchaseOrderId: string): Promise<TraceNode> {
  const { rows } = await pool.query<TracedOrder>(texts.order, [purchaseOrderId])
  const order = rows[0]
  if (order === undefined) throw new NotFoundError('order', purchaseOrderId)
  const { supplierId, locationId, reviewDate, status, totalValue, currency, sources } = order
  const from: TraceNode[] = []
  for (const source of sources ?? []) from.push(await traceDemand(pool, lake, source))
  return {
    kind: 'order',
    name: purchaseOrderId,
    facts: {
      supplier: supplierId,
      location: locationId,
      review: reviewDate,
      status,
      value: `${totalValue} ${currency}`,
    },
    from,
  }
}

async function traceDemand(pool: Pool, lake: LakeTables, source: DemandSource): Promise<TraceNode> {
  const { lines, firstLine, forecastDate, forecastRun, models, usual, overrides } = source
  const from: TraceNode[] = []
  if (forecastDate !== null) {
    const wanted = { asset: 'fact_forecast', date: forecastDate, run: forecastRun, version: null }
    from.push(await tracePartition(pool, lake, wanted, DEPTH_MAX))
  }
  if (usual !== null) from.push(leaf('input', usual, { of: 'live state at the time of the plan' }))
  for (const override of overrides) from.push(leaf('input', `forecast override ${override}`, { of: 'a person' }))
  const by = forecastDate === null ? 'usual demand' : `${models.join(', ')} of ${forecastDate}`
  return { kind: 'demand', name: `demand by ${by}`, facts: { lines, 'first line': firstLine }, from }
}

interface WantedPartition {
  asset: string
  date: string
  run: number | null
  version: number | null
}

async function tracePartition(
  pool: Pool,
  lake: LakeTables,
  { asset, date, run, version }: WantedPartition,
  depth: number,
): Promise<TraceNode> {
  const { rows } = await pool.query<TracedRun>(texts.run, [asset, date, run, version])
  const found = rows[0]
  if (found === undefined) return leaf('partition', `${asset} ${date}`, { run: 'none in the ledger' })
  const facts = {
    ...(version !== null && { 'read at version': version }),
    ...(found.outputVersion !== null && { 'written as version': found.outputVersion }),
    run: found.run,
    workflow: found.workflowId,
    built: found.finishedAt.toISOString(),
    code: found.codeVersion ?? 'not known',
    rows: found.rows ?? 0,
  }
  const from: TraceNode[] = []
  if (depth > 0) {
    for (const [name, value] of Object.entries(found.inputs ?? {})) {
      from.push(await traceInput(pool, lake, { name, value, date }, depth - 1))
    }
  }
  return { kind: 'partition', name: `${asset} ${date}`, facts, from }
}

interface Input {
  name: string
  value: number | string
  date: string
}

async function traceInput(pool: Pool, lake: LakeTables, input: Input, depth: number): Promise<TraceNode> {
  const { name, value, date } = input
  if (name.startsWith(MODEL)) return traceModel(pool, name.slice(MODEL.length), String(value))
  if (name.startsWith(RAW)) return traceRaw(lake, name, Number(value))
  const isAsset = typeof value === 'number' && (await isKnownAsset(pool, name))
  if (!isAsset) return leaf('input', name, { value })
  return tracePartition(pool, lake, { asset: name, date, run: null, version: value }, depth)
}

async function isKnownAsset(pool: Pool, asset: string): Promise<boolean> {
  return (await pool.query('select from ops.assets where asset = $1', [asset])).rowCount === 1
}

interface TracedModel {
  trainedFrom: string
  trainedThrough: string
  artefact: string
  workflowId: string
  decision: string
  codeVersion: string
  inputs: Record<string, number | string>
}

/** @param pinned `v3 <artefact>`, or empty where no model was champion */
async function traceModel(pool: Pool, model: string, pinned: string): Promise<TraceNode> {
  const version = Number(/^v(\d+)/.exec(pinned)?.[1] ?? 0)
  if (version === 0) return leaf('model', model, { champion: 'none: the mean of the weekday was used' })
  const { rows } = await pool.query<TracedModel>(
    `select trained_from as "trainedFrom", trained_through as "trainedThrough", artefact, workflow_id as "workflowId",
       decision, code_version as "codeVersion", inputs
     from ops.model_version where model_name = $1 and version = $2`,
    [model, version],
  )
  const name = `${model}@${version}`
  const found = rows[0]
  if (found === undefined) return leaf('model', name, { registry: 'it is no longer registered' })
  const { inputs, trainedFrom, trainedThrough, artefact, workflowId, decision, codeVersion } = found
  const facts = {
    trained: `on ${trainedFrom} to ${trainedThrough}`,
    workflow: workflowId,
    code: codeVersion,
    artefact,
    decision,
  }
  const from = Object.entries(inputs).map(([table, read]) => leaf('lake', table, { 'read at version': read }))
  return { kind: 'model', name, facts, from }
}

/** A version of a raw table holds each message of a Kafka partition up to an offset. */
async function traceRaw(lake: LakeTables, name: string, version: number): Promise<TraceNode> {
  const topic = name.slice(RAW.length)
  try {
    const { transactions } = await (await lake.table(name)).snapshot({ version })
    const prefix = `${RAW_SINK}/${topic}/`
    const from = [...transactions]
      .filter(([id]) => id.startsWith(prefix))
      .map(([id, position]) => leaf('kafka', `${topic}/${id.slice(prefix.length)}`, { 'offsets below': position }))
    return { kind: 'lake', name, facts: { 'read at version': version }, from: from.sort(byName) }
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    return leaf('lake', name, { 'read at version': version, 'no longer readable': error.message })
  }
}

const byName = (a: TraceNode, b: TraceNode): number => a.name.localeCompare(b.name, 'en', { numeric: true })

const leaf = (kind: TraceNode['kind'], name: string, facts: TraceNode['facts']): TraceNode => ({
  kind,
  name,
  facts,
  from: [],
})
