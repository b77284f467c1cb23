/** Versions of models: what each was trained from, how well it does, and which one is champion. */

import { readEvidence } from '../../activities/registry/evidence.ts'
import {
  type AliasChange,
  type Champion,
  findChampion,
  type ListedVersion,
  listVersions,
  type MetricRow,
  promote,
  readHistory,
  readMetrics,
  readVersion,
  type VersionDetails,
} from '../../activities/registry/versions.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireCount, requireDayOrInstant, requireWhy } from '../values.ts'
import { cardHtml, cardMarkdown } from './card.ts'

export type { MetricRow } from '../../activities/registry/versions.ts'

/** A version of a model; without a number the champion. */
export interface VersionReference {
  model: string
  version?: number | undefined
}

const LIMIT_MAX = 10_000

/**
 * Versions, the newest first: how well each does beside the way without a model, and what was decided.
 *
 * @param limit versions at most, 1 to 10,000
 */
export const readVersions = (
  pool: Pool,
  { model, limit }: { model?: string | undefined; limit: number },
): Promise<ListedVersion[]> => listVersions(pool, model, requireCount('limit', limit, 1, LIMIT_MAX))

export interface ModelVersion extends VersionDetails {
  model: string
  /** Of what it predicts with (`chosen`) and of what it was compared with, by horizon and segment. */
  metrics: MetricRow[]
}

/** @throws NotFoundError; ConflictError when the champion is asked for and there is none */
export async function showVersion(pool: Pool, reference: VersionReference): Promise<ModelVersion> {
  const { model, version } = await named(pool, reference)
  const details = await readVersion(pool, model, version)
  if (details === undefined) throw new NotFoundError('model version', `${model}@${version}`)
  return { model, ...details, metrics: await readMetrics(pool, model, version) }
}

async function named(pool: Pool, { model, version }: VersionReference): Promise<{ model: string; version: number }> {
  if (version !== undefined) return { model, version }
  const champion = await findChampion(pool, model)
  if (champion !== undefined) return { model, version: champion.version }
  throw new ConflictError(`model ${model} has no champion`, { fix: '`shelfline models list` shows what there is' })
}

/** A metric of two versions; undefined where one of them does not have it. */
export interface ComparedMetric extends Pick<MetricRow, 'horizon' | 'segment' | 'metric'> {
  one: number | undefined
  other: number | undefined
}

export interface VersionComparison {
  versions: [VersionDetails, VersionDetails]
  /** Of what either predicts with; of orders, what they cost by each. */
  metrics: ComparedMetric[]
}

/**
 * Two versions of a model side by side. Each was measured on the last days of its own training.
 *
 * @throws NotFoundError; InvalidError when they are not of the same model
 */
export async function compareVersions(
  pool: Pool,
  one: VersionReference,
  other: VersionReference,
): Promise<VersionComparison> {
  if (one.model !== other.model) {
    throw new InvalidError(`${one.model} and ${other.model} are not the same model`, {
      fix: 'give two versions of one',
    })
  }
  const [first, second] = [await showVersion(pool, one), await showVersion(pool, other)]
  return { versions: [detailsOf(first), detailsOf(second)], metrics: compareMetrics(first.metrics, second.metrics) }
}

const detailsOf = ({ model, metrics, ...details }: ModelVersion): VersionDetails => details

function compareMetrics(one: readonly MetricRow[], other: readonly MetricRow[]): ComparedMetric[] {
  const keyOf = ({ horizon, segment, metric }: MetricRow) => JSON.stringify([horizon, segment, metric])
  const chosen = (rows: readonly MetricRow[]) =>
    new Map(rows.filter(({ candidate }) => candidate === 'chosen').map((row) => [keyOf(row), row.value]))
  const [ours, theirs] = [chosen(one), chosen(other)]
  return [...new Set([...ours.keys(), ...theirs.keys()])].map((key) => {
    const [horizon, segment, metric] = JSON.parse(key) as [string, string, string]
    return { horizon, segment, metric, one: ours.get(key), other: theirs.get(key) }
  })
}

export type CardFormat = 'html' | 'markdown'

export interface ModelCard {
  model: string
  version: number
  /** One page: as HTML with plots, which needs nothing else; as Markdown without. */
  content: string
}

/** A model card: metrics, plots and lineage of a version. @throws as `showVersion` does */
export async function makeCard(
  { pool, objectStore }: { pool: Pool; objectStore: ObjectStore },
  reference: VersionReference,
  format: CardFormat,
): Promise<ModelCard> {
  const { model, metrics, ...details } = await showVersion(pool, reference)
  const render = format === 'html' ? cardHtml : cardMarkdown
  const content = render({
    model,
    details,
    metrics,
    isChampion: (await findChampion(pool, model))?.version === details.version,
    evidence: await readEvidence(objectStore, details.artefact),
  })
  return { model, version: details.version, content }
}

export interface ChampionDecision {
  by: Actor
  /** 1 to 500 characters, which are kept. */
  why: string
}

/**
 * Makes a version the champion: it predicts from the next morning on.
 *
 * @throws NotFoundError; ConflictError when it is champion already; InvalidError when the reason is none
 */
export async function promoteVersion(
  pool: Pool,
  { model, version, by, why }: Required<VersionReference> & ChampionDecision,
): Promise<void> {
  requireWhy(why)
  await showVersion(pool, { model, version })
  if ((await findChampion(pool, model))?.version === version) {
    throw new ConflictError(`${model}@${version} is champion already`)
  }
  await promote(pool, { model, version: version!, by, reason: why })
}

const CHANGES_MAX = 1_000

/**
 * Makes the champion before the present one champion again.
 *
 * @throws ConflictError when there was none; InvalidError when the reason is none
 */
export async function rollBackModel(
  pool: Pool,
  { model, by, why }: { model: string } & ChampionDecision,
): Promise<{ model: string; version: number }> {
  requireWhy(why)
  const [present, ...before] = await readHistory(pool, model, CHANGES_MAX)
  const previous = before.find(({ version }) => version !== present!.version)
  if (previous === undefined) throw new ConflictError(`model ${model} had no champion before the present one`)
  await promote(pool, { model, version: previous.version, by, reason: why })
  return { model, version: previous.version }
}

/** Who was champion since when, the newest first. @param limit changes at most, 1 to 1,000 */
export const readChampions = (pool: Pool, model: string, limit: number): Promise<AliasChange[]> =>
  readHistory(pool, model, requireCount('limit', limit, 1, CHANGES_MAX))

/**
 * Who was champion at an instant.
 *
 * @param at a day, which begins at midnight UTC, or an instant
 * @returns undefined when there was none
 */
export function championAt(pool: Pool, model: string, at: string): Promise<Champion | undefined> {
  return findChampion(pool, model, requireDayOrInstant('at', at))
}
