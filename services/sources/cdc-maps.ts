/** Maps of captured tables: which changes of other databases become which events, and how far they are. */
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { type CdcMap, parseCdcMap } from '../../sources/cdc/cdc-map.ts'
import { CDC_MAPS_MAX, type CdcDefinition, readCdcMaps } from '../../sources/cdc/definition.ts'
import { SourceError } from '../../sources/errors.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireMapSize } from './maps.ts'

export type { CdcDefinition } from '../../sources/cdc/definition.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** At most 500, by name. */
export const listCdcMaps = (pool: Pool): Promise<CdcDefinition[]> => readCdcMaps(pool)

/** @throws NotFoundError */
export async function showCdcMap(pool: Pool, mapId: string): Promise<CdcDefinition> {
  const [found] = await readCdcMaps(pool, mapId)
  if (found === undefined) throw new NotFoundError('map', mapId)
  return found
}

/**
 * Adds a map. Its table's changes become events from the oldest that Kafka has on.
 *
 * @param content YAML
 * @throws InvalidError naming what is wrong; ConflictError when there is such a map, or one of the same table and topic
 */
export async function addCdcMap(pool: Pool, mapId: string, content: string, by: Actor): Promise<CdcDefinition> {
  if (!NAME.test(mapId)) {
    const rule = 'is not a name of 1 to 63 lower-case letters, digits, hyphens and underscores'
    throw new InvalidError(rule, { field: 'map', value: mapId })
  }
  const map = parse(content, mapId)
  const all = await readCdcMaps(pool)
  if (all.some((other) => other.mapId === mapId)) {
    throw new ConflictError(`map ${mapId} is there already`, { fix: 'change it with `cdc set`' })
  }
  const twin = all.find(({ from, topic }) => from === map.from && topic === map.topic)
  if (twin !== undefined) {
    throw new ConflictError(`map ${twin.mapId} makes events of ${map.topic} from ${map.from} already`)
  }
  if (all.length >= CDC_MAPS_MAX) throw new ConflictError(`there are ${CDC_MAPS_MAX} maps, which is the limit`)
  await store(pool, mapId, map, content, by)
  return showCdcMap(pool, mapId)
}

/**
 * Changes a map: from the next message on, its new form counts.
 *
 * @throws InvalidError naming what is wrong; ConflictError when it would read another table, or a difference of a column that is not
 *   known yet; NotFoundError
 */
export async function setCdcMap(pool: Pool, mapId: string, content: string, by: Actor): Promise<CdcDefinition> {
  const before = await showCdcMap(pool, mapId)
  const map = parse(content, mapId)
  const another = { fix: 'add it as a new map, and remove this one' }
  if (map.from !== before.from) throw new ConflictError(`map ${mapId} reads ${before.from}, not ${map.from}`, another)
  if (map.topic !== before.topic)
    throw new ConflictError(`map ${mapId} makes ${before.topic}, not ${map.topic}`, another)
  const known = new Set(parse(before.map, mapId).columns)
  const unknown = map.differences.filter((column) => !known.has(column))
  if (before.position !== null && unknown.length > 0) {
    throw new ConflictError(`change.${unknown[0]} would be a difference to values that are not known`, another)
  }
  await store(pool, mapId, map, content, by)
  return showCdcMap(pool, mapId)
}

/** No more events are made; those that were stay. @throws NotFoundError */
export async function removeCdcMap(pool: Pool, mapId: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.cdc_map where map_id = $1', [mapId])
  if (rowCount === 0) throw new NotFoundError('map', mapId)
}

/**
 * Reads the topic of the changes from its present start. What is known of the rows stays, so that only what differs becomes events.
 *
 * @throws NotFoundError
 */
export async function restartCdcMap(pool: Pool, mapId: string, by: Actor): Promise<CdcDefinition> {
  await showCdcMap(pool, mapId)
  await inTransaction(pool, async (client) => {
    await client.query(statement('cdc/restart_map.sql'), [mapId, by])
    await client.query('delete from ops.cdc_stream where map_id = $1', [mapId])
    await client.query(statement('cdc/settle_rows.sql'), [mapId])
  })
  return showCdcMap(pool, mapId)
}

function parse(content: string, mapId: string): CdcMap {
  requireMapSize(content)
  try {
    return parseCdcMap(content, mapId)
  } catch (error) {
    if (error instanceof SourceError) throw new InvalidError(error.message)
    throw error
  }
}

async function store(pool: Pool, mapId: string, map: CdcMap, content: string, by: Actor): Promise<void> {
  await pool.query(statement('cdc/set_map.sql'), [mapId, map.from, map.topic, content, by])
}
