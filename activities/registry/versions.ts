/** The registry of models: versions and their metrics, which one is champion, and who was when. */
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

export interface Champion {
  version: number
  /** Folder in the bucket. */
  artefact: string
  trainedThrough: string
}

/** What `findChampion` runs, for those who have to declare it. */
export const CHAMPION_STATEMENT = 'registry/champion.sql'

/** @param at what was champion at that instant; left out: now */
export async function findChampion(pool: Pool, model: string, at?: Date): Promise<Champion | undefined> {
  return (await pool.query<Champion>(statement(CHAMPION_STATEMENT), [model, 'champion', at ?? null])).rows[0]
}

export interface MetricRow {
  candidate: string
  segment: string
  horizon: string
  metric: string
  value: number
  rows: number
}

export interface Registration {
  model: string
  version: number
  trainedFrom: string
  trainedThrough: string
  artefact: string
  codeVersion: string
  seed: number
  parameters: unknown
  inputs: Record<string, number | string>
  trainingRows: number
  durationMs: number
  workflowId: string
  decision: string
  metrics: readonly MetricRow[]
}

/** The number that the next version of a model takes. */
export async function nextVersion(pool: Pool | PoolClient, model: string): Promise<number> {
  const query = 'select coalesce(max(version), 0) + 1 as next from ops.model_version where model_name = $1'
  return (await pool.query<{ next: number }>(query, [model])).rows[0]!.next
}

export async function registerVersion(pool: Pool | PoolClient, version: Registration): Promise<void> {
  await pool.query(statement('registry/register_version.sql'), [
    version.model,
    version.version,
    version.trainedFrom,
    version.trainedThrough,
    version.artefact,
    version.codeVersion,
    version.seed,
    JSON.stringify(version.parameters),
    JSON.stringify(version.inputs),
    version.trainingRows,
    Math.round(version.durationMs),
    version.workflowId,
    version.decision,
    JSON.stringify(version.metrics),
  ])
}

/** @throws when there is no such version */
export async function promote(
  pool: Pool | PoolClient,
  { model, version, by, reason }: { model: string; version: number; by: string; reason: string },
): Promise<void> {
  const { rowCount } = await pool.query(statement('registry/set_alias.sql'), [model, 'champion', version, by, reason])
  if (rowCount === 0) throw new Error(`model ${model} has no version ${version}; \`shelfline models list\``)
}

export interface AliasChange {
  version: number
  changedAt: Date
  changedBy: string
  reason: string
}

/** Who was champion since when, newest first. */
export async function readHistory(pool: Pool, model: string, limit: number): Promise<AliasChange[]> {
  const { rows } = await pool.query<AliasChange>(
    `select version, changed_at as "changedAt", changed_by as "changedBy", reason from ops.model_alias_log
     where model_name = $1 and alias = 'champion' order by changed_at desc, change desc limit $2`,
    [model, limit],
  )
  return rows
}

export interface ListedVersion {
  model: string
  version: number
  isChampion: boolean
  createdAt: Date
  trainedThrough: string
  trainingRows: number
  /** What the model is measured by first: `wape`, `auc`, `brier`, `recall_10`, `pinball`; null where nothing was measured. */
  metric: string | null
  /** On cases that it was not trained on, over all segments and blocks. */
  value: number | null
  /** What needs no model and is measured on the same cases, e.g. `seasonal_naive`. */
  naiveWay: string | null
  naiveValue: number | null
  decision: string
}

export async function listVersions(pool: Pool, model: string | undefined, limit: number): Promise<ListedVersion[]> {
  return (await pool.query<ListedVersion>(statement('registry/list_versions.sql'), [model ?? null, limit])).rows
}

export interface VersionDetails extends Omit<Registration, 'metrics' | 'model'> {
  createdAt: Date
}

export async function readVersion(pool: Pool, model: string, version: number): Promise<VersionDetails | undefined> {
  const { rows } = await pool.query<VersionDetails>(
    `select version, created_at as "createdAt", trained_from as "trainedFrom", trained_through as "trainedThrough",
       artefact, code_version as "codeVersion", seed, parameters, inputs, training_rows as "trainingRows",
       duration_ms as "durationMs", workflow_id as "workflowId", decision
     from ops.model_version where model_name = $1 and version = $2`,
    [model, version],
  )
  return rows[0]
}

export async function readMetrics(pool: Pool, model: string, version: number): Promise<MetricRow[]> {
  const { rows } = await pool.query<MetricRow>(
    `select candidate, segment, horizon, metric, value, rows from ops.model_metric
     where model_name = $1 and version = $2 order by horizon, segment, candidate, metric`,
    [model, version],
  )
  return rows
}
