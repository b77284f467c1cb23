/** Sources: who may post events to the receiver, how they sign, and which events their bodies become. */

import { randomBytes } from 'node:crypto'
import { defaultLimits } from '../../contracts/limits.ts'
import { isTopicName, type TopicName, topicNames } from '../../contracts/topics.ts'
import { type SignatureScheme, signatureSchemes } from '../../platform/http/signatures.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { readSourceMap } from '../../sources/receive/mapper.ts'
import {
  type EventSource,
  readSources,
  SOURCES_MAX,
  type SourceSecrets,
  vaultContext,
} from '../../sources/receive/source.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice, requireCount } from '../values.ts'
import { topicOfMap } from './maps.ts'

export { type SignatureScheme, signatureSchemes } from '../../platform/http/signatures.ts'
export type { EventSource } from '../../sources/receive/source.ts'

/** At most 1,000, by name. */
export const listSources = (pool: Pool): Promise<EventSource[]> => readListed(pool)

/** @throws NotFoundError */
export async function showSource(pool: Pool, sourceId: string): Promise<EventSource> {
  const [source] = await readListed(pool, sourceId)
  if (source === undefined) throw new NotFoundError('source', sourceId)
  return source
}

/** Without their secrets, which the web application's login can't read. */
async function readListed(pool: Pool, sourceId?: string): Promise<EventSource[]> {
  return (await pool.query<EventSource>(statement('receive/list_sources.sql'), [sourceId ?? null, SOURCES_MAX])).rows
}

async function readSource(pool: Pool, sourceId: string): Promise<EventSource & SourceSecrets> {
  const [source] = await readSources(pool, sourceId)
  if (source === undefined) throw new NotFoundError('source', sourceId)
  return source
}

/** What is left out takes its default in a new source, and stays as it is in one that is there. */
export interface SourceChange {
  topic?: string | undefined
  /** YAML; null: none. */
  map?: string | null | undefined
  scheme?: string | undefined
  header?: string | undefined
  url?: string | undefined
  toleranceSeconds?: number | undefined
  bodyBytesMax?: number | undefined
  bodyEventsMax?: number | undefined
  depthMax?: number | undefined
  eventsPerSecond?: number | undefined
  isStrict?: boolean | undefined
  /** An MQTT filter; null: none. */
  mqttFilter?: string | null | undefined
}

const defaults = {
  map: null,
  scheme: 'standard-webhooks' as SignatureScheme,
  header: null,
  url: null,
  toleranceSeconds: 300,
  bodyBytesMax: 1_048_576,
  bodyEventsMax: 10_000,
  depthMax: defaultLimits.messageDepthMax,
  eventsPerSecond: 10_000,
  isStrict: false,
  mqttFilter: null,
}

type Definition = Omit<EventSource, 'sourceId' | 'changedBy' | 'updatedAt' | 'previousUntil'>

export interface SourceDependencies {
  pool: Pool
  settings: Settings
}

export interface AddedSource extends EventSource {
  /** Shown this once. */
  secret: string
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

/**
 * Registers a source.
 *
 * @param secret what its sender signs with, where the sender gives it; else a new one is made
 * @throws InvalidError naming the value that is impossible; ConflictError when there is such a source
 */
export async function addSource(
  dependencies: SourceDependencies,
  sourceId: string,
  change: SourceChange & { secret?: string | undefined },
  by: Actor,
): Promise<AddedSource> {
  const { pool } = dependencies
  if (!NAME.test(sourceId)) {
    const rule = 'is not a name of 1 to 63 lower-case letters, digits, hyphens and underscores'
    throw new InvalidError(rule, { field: 'source', value: sourceId })
  }
  const all = await readSources(pool)
  if (all.some((source) => source.sourceId === sourceId)) {
    throw new ConflictError(`source ${sourceId} is registered already`, { fix: 'change it with `sources set`' })
  }
  if (all.length >= SOURCES_MAX) throw new ConflictError(`there are ${SOURCES_MAX} sources, which is the limit`)
  const definition = await define(dependencies, sourceId, defaults, change)
  const secret = requireSecret(definition.scheme, change.secret ?? newSecret())
  await store(pool, sourceId, definition, seal(dependencies, sourceId, secret), by)
  return { ...(await showSource(pool, sourceId)), secret }
}

const seal = ({ settings }: SourceDependencies, sourceId: string, secret: string): string =>
  createVault(settings).seal(secret, vaultContext(sourceId))

/** Changes a source; its secrets stay. @throws InvalidError naming the value that is impossible; NotFoundError */
export async function setSource(
  dependencies: SourceDependencies,
  sourceId: string,
  change: SourceChange,
  by: Actor,
): Promise<EventSource> {
  const { secret, ...source } = await readSource(dependencies.pool, sourceId)
  await store(dependencies.pool, sourceId, await define(dependencies, sourceId, source, change), secret, by)
  return showSource(dependencies.pool, sourceId)
}

const KEPT_HOURS_MAX = 24 * 30

/**
 * Gives a source a new secret. The one before stays valid for some hours, in which the sender changes to the new one.
 *
 * @throws InvalidError when a value is impossible; NotFoundError
 */
export async function rotateSecret(
  dependencies: SourceDependencies,
  sourceId: string,
  { secret: given, keptHours = 24 }: { secret?: string | undefined; keptHours?: number | undefined },
  by: Actor,
): Promise<AddedSource> {
  const { pool } = dependencies
  const { scheme } = await readSource(pool, sourceId)
  const secret = requireSecret(scheme, given ?? newSecret())
  requireCount('keptHours', keptHours, 0, KEPT_HOURS_MAX)
  await pool.query(statement('receive/rotate_secret.sql'), [
    sourceId,
    seal(dependencies, sourceId, secret),
    keptHours,
    by,
  ])
  return { ...(await showSource(pool, sourceId)), secret }
}

/** Its requests are refused from now on; events that it has sent stay. @throws NotFoundError */
export async function removeSource(pool: Pool, sourceId: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.event_source where source_id = $1', [sourceId])
  if (rowCount === 0) throw new NotFoundError('source', sourceId)
}

async function store(pool: Pool, sourceId: string, source: Definition, sealedSecret: string, by: Actor): Promise<void> {
  await pool.query(statement('receive/set_source.sql'), [
    sourceId,
    source.topic,
    source.map,
    source.scheme,
    source.header,
    source.url,
    source.toleranceSeconds,
    sealedSecret,
    source.bodyBytesMax,
    source.bodyEventsMax,
    source.depthMax,
    source.eventsPerSecond,
    source.isStrict,
    by,
    source.mqttFilter,
  ])
}

/** What a source is after a change, checked. */
async function define(
  { settings }: SourceDependencies,
  sourceId: string,
  before: Omit<Definition, 'topic'> & { topic?: TopicName },
  change: SourceChange,
): Promise<Definition> {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const wanted = { ...before, ...given } as Omit<Definition, 'topic'> & { topic?: string }
  const mapped =
    wanted.map === null
      ? undefined
      : await topicOfMap(settings, sourceId, { content: wanted.map, parse: readSourceMap })
  const topic = change.topic ?? mapped ?? before.topic
  if (topic === undefined) throw new InvalidError('a source needs a topic', { fix: 'give its topic, or a map' })
  if (!isTopicName(topic)) requireChoice('topic', topic, topicNames)
  if (mapped !== undefined && mapped !== topic) {
    throw new InvalidError(`is not ${mapped}, the topic of its map`, { field: 'topic', value: topic })
  }
  const scheme = requireChoice('scheme', wanted.scheme, signatureSchemes)
  return {
    topic: topic as TopicName,
    map: wanted.map,
    scheme,
    header: scheme === 'hmac' ? requireHeader(wanted.header) : null,
    url: scheme === 'square' ? requireUrl(wanted.url) : null,
    toleranceSeconds: requireCount('toleranceSeconds', wanted.toleranceSeconds, 1, 86_400),
    bodyBytesMax: requireCount('bodyBytesMax', wanted.bodyBytesMax, 1_024, 33_554_432),
    bodyEventsMax: requireCount('bodyEventsMax', wanted.bodyEventsMax, 1, 100_000),
    depthMax: requireCount('depthMax', wanted.depthMax, 1, 500),
    eventsPerSecond: requireCount('eventsPerSecond', wanted.eventsPerSecond, 1, 1_000_000),
    isStrict: wanted.isStrict,
    mqttFilter: wanted.mqttFilter === null ? null : requireFilter(wanted.mqttFilter),
  }
}

const FILTER = /^([^+#\0]*|\+)(\/([^+#\0]*|\+))*(\/#)?$/

function requireFilter(filter: string): string {
  const isFilter = filter.length > 0 && filter.length <= 200 && FILTER.test(filter) && !filter.startsWith('$')
  if (isFilter && !filter.startsWith('ingest/') && !filter.startsWith('devices/')) return filter
  throw new InvalidError(
    'is not an MQTT filter of 1 to 200 characters such as stores/+/scales/#, outside of ingest/ and devices/',
    { field: 'mqttFilter', value: filter },
  )
}

/** Of Standard Webhooks; as it is written it serves the other schemes, too. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

function requireSecret(scheme: SignatureScheme, secret: string): string {
  // Its value is not for messages.
  const wrong = (rule: string) => new InvalidError(rule, { field: 'secret' })
  if (scheme === 'standard-webhooks' && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
    throw wrong('is not whsec_ and at least 24 bytes in base64, which standard-webhooks needs')
  }
  if (!/^[\x21-\x7e]{16,500}$/.test(secret)) throw wrong('is not 16 to 500 printable characters without spaces')
  return secret
}

function requireHeader(header: string | null): string {
  const name = header?.toLowerCase() ?? ''
  if (/^[a-z0-9-]{1,100}$/.test(name)) return name
  throw new InvalidError('is not the name of a header, which the scheme hmac needs', { field: 'header', value: header })
}

function requireUrl(url: string | null): string {
  if (url !== null && URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)) return url
  throw new InvalidError('is not a URL of http or https, which the scheme square signs', { field: 'url', value: url })
}
