/** Where Spark lays the rows that DuckDB copies: a folder for each build, below the lake's. */
import { randomBytes } from 'node:crypto'
import type { AssetContext } from './asset.ts'

type Place = Pick<AssetContext, 'objectStore' | 'settings'>

const root = ({ settings }: Place): string => `${settings.lakePrefix}/results/`

/** A folder of its own; its name begins with the second in which it was made. */
export const newResultsFolder = (place: Place): string =>
  `${root(place)}${Math.floor(Date.now() / 1_000)}_${randomBytes(6).toString('hex')}`

export async function deleteResults({ objectStore }: Pick<Place, 'objectStore'>, folder: string): Promise<void> {
  const keys: string[] = []
  for await (const { key } of objectStore.list(`${folder}/`)) keys.push(key)
  await objectStore.delete(keys)
}

/**
 * Deletes results of runs that were killed before they could.
 *
 * @param hours only those that are older than this: no run takes so long
 * @returns how many objects were deleted
 */
export async function dropAbandonedResults(place: Place, hours: number): Promise<number> {
  const madeBefore = Date.now() / 1_000 - hours * 3_600
  const keys: string[] = []
  for await (const { key } of place.objectStore.list(root(place))) {
    if (Number.parseInt(key.slice(root(place).length), 10) < madeBefore) keys.push(key)
  }
  await place.objectStore.delete(keys)
  return keys.length
}
