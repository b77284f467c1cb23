/** Maps of sources and of feeds, checked before they are kept. */
import type { TopicName } from '../../contracts/topics.ts'
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { SourceError } from '../../sources/errors.ts'
import type { EventMap } from '../../sources/map.ts'
import { BodyMapper } from '../../sources/receive/mapper.ts'
import { InvalidError } from '../errors.ts'

const MAP_BYTES_MAX = 65_536

/** @throws InvalidError */
export function requireMapSize(content: string): void {
  if (Buffer.byteLength(content) <= MAP_BYTES_MAX) return
  throw new InvalidError(`has more than ${MAP_BYTES_MAX} bytes`, { field: 'map' })
}

/**
 * Reads a map as the worker that uses it will, with its expressions.
 *
 * @param owner id of the source or feed
 * @throws InvalidError
 */
export async function topicOfMap(
  settings: Settings,
  owner: string,
  { content, parse }: { content: string; parse: (content: string, name: string) => EventMap },
): Promise<TopicName> {
  requireMapSize(content)
  const duckdb = await createLocalDuckDb(settings)
  try {
    const map = parse(content, `of ${owner}`)
    await (await BodyMapper.open(duckdb, map, owner)).close()
    return map.topic
  } catch (error) {
    if (error instanceof SourceError) throw new InvalidError(error.message)
    throw error
  } finally {
    duckdb.closeSync()
  }
}
