/** How staged files become a partition of a lake table, and how they go when they don't. */
import { type AddFile, pathToName } from '../../../lake/protocol.ts'
import { bytesOf, rowsOf, type Table } from '../../../lake/table.ts'
import type { AssetContext, Fence, Swapped } from './asset.ts'

/** @throws SupersededError when a later run has replaced the partition, or this one was closed */
export async function swapFiles(
  context: AssetContext,
  table: Table,
  { date, files, fence }: { date: string; files: readonly AddFile[]; fence: Fence },
): Promise<Swapped> {
  const { version } = await table.replacePartitions({ partitions: [{ date }], files, run: fence.run })
  // The same content as before leaves the new copy of it unused.
  await deleteUnused(context, table, files)
  return { rows: rowsOf(files), bytes: bytesOf(files), outputVersion: version }
}

/** @returns the table's version when the run has swapped before */
export async function closeRun(
  table: Table,
  date: string,
  run: number,
  files: readonly AddFile[],
): Promise<number | undefined> {
  const outcome = await table.closeRun({ date }, { run, files })
  return outcome === 'replaced' ? (await table.snapshot()).version : undefined
}

/** A run whose answer was lost may have swapped after all: what the table holds, or held, is never deleted. */
export async function deleteUnused(context: AssetContext, table: Table, files: readonly AddFile[]): Promise<void> {
  if (files.length === 0) return
  const snapshot = await table.snapshot()
  const unused = files.filter(({ path }) => !snapshot.files.has(path) && !snapshot.tombstones.has(path))
  await context.objectStore.delete(
    unused.map(({ path }) => `${context.settings.lakePrefix}/${table.name}/${pathToName(path)}`),
  )
}
