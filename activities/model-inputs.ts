/** Lake tables as a training reads them: pinned at the versions that they have now, up to a day. */
import type { LakeInput } from './assets/lake-input.ts'
import type { BatchDependencies } from './dependencies.ts'
import { refuse } from './failures.ts'

export interface PinnedTable {
  /** A relation over its days up to the wanted one. */
  relation: string
  version: number
  /** Days that have a partition, in order. */
  days: string[]
}

/** @param from the first day that is read, YYYY-MM-DD; left out: all that there are */
export async function pinTable(
  { lake }: BatchDependencies,
  { table, definition }: LakeInput,
  date: string,
  from = '0001-01-01',
): Promise<PinnedTable> {
  const opened = await lake.ensureTable(table, definition)
  const { version, files } = await opened.snapshot()
  const days = [...new Set([...files.values()].map(({ partitionValues }) => String(partitionValues.date)))]
  return {
    version,
    days: days.filter((day) => day >= from && day <= date).sort(),
    relation: await opened.scan({ version, where: { date: { from, to: date } } }),
  }
}

/** @throws ApplicationFailure `InvalidInput` when there are fewer days than are needed, with the way out */
export function requireDays(model: string, { days }: PinnedTable, daysMin: number, date: string, asset: string): void {
  if (days.length >= daysMin) return
  throw refuse(
    'InvalidInput',
    `${model}: ${days.length} days of ${asset} up to ${date} are too few: ${daysMin} are needed to train and to judge; \`shelfline backfill run --assets ${asset} --from … --to ${date}\``,
  )
}
