/** Lake tables as a training reads them: pinned at the versions that they have now, up to a day. */
import { addDays, countDays } from '../../contracts/calendar.ts'
import { literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import type { LakeInput } from '../assets/framework/lake-input.ts'
import { onlyRow } from '../assets/framework/work.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import type { TrainableModel } from './trainable-model.ts'

export interface PinnedTable {
  /** A relation over its days up to the requested one. */
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

/**
 * The rows of a pinned table that had come when a day was over.
 *
 * @param knownOn the day on which a row came, in the table's columns
 * @param asKnownAt the day, YYYY-MM-DD; undefined: all rows count
 */
export const knownRows = (
  { relation }: PinnedTable,
  knownOn: 'known_on' | 'known_at::date',
  asKnownAt: string | undefined,
): string =>
  asKnownAt === undefined ? relation : `(select * from ${relation} where ${knownOn} <= date ${literal(asKnownAt)})`

/** @throws ApplicationFailure `InvalidInput` when all sales arrived later, for example because the history was loaded at once */
export async function requireKnown(dependencies: BatchDependencies, date: string, asKnownAt: string): Promise<void> {
  const { relation } = await pinTable(dependencies, dailySalesInput, date)
  const { first } = await withConnection(dependencies.duckdb, (connection) =>
    onlyRow(connection, `select min(known_on)::varchar as first from ${relation}`),
  )
  if (first === null || String(first) <= asKnownAt) return
  throw refuse(
    'InvalidInput',
    `the sales up to ${date} arrived on ${first} or later, so none were known at ${asKnownAt}: train without --as-known-at`,
  )
}

/**
 * Without this check, a model that is trained as of a day but has no data of the weeks before it would look current.
 *
 * @throws ApplicationFailure `InvalidInput` naming the newest day that there is; a model without any days reports that itself
 */
export async function requireRecent(
  dependencies: BatchDependencies,
  models: readonly Pick<TrainableModel, 'name' | 'learnsFrom'>[],
  date: string,
): Promise<void> {
  const gapMax = dependencies.settings.trainingGapDaysMax
  const old: string[] = []
  for (const [input, learning] of Map.groupBy(models, ({ learnsFrom }) => learnsFrom)) {
    const newest = (await pinTable(dependencies, input, date)).days.at(-1)
    const gap = newest === undefined ? 0 : countDays(newest, date)
    if (gap <= gapMax) continue
    const names = learning.map(({ name }) => name).join(', ')
    old.push(
      `the newest day of ${input.table} up to ${date} is ${newest}, ${gap} days before (for ${names}): ` +
        `train with --date ${newest}, or build the days between: \`shelfline backfill run --assets ${input.table} --from ${addDays(newest!, 1)} --to ${date}\``,
    )
  }
  if (old.length === 0) return
  throw refuse(
    'InvalidInput',
    `${old.join('; ')} (at most ${gapMax} days are allowed: SHELFLINE_TRAINING_GAP_DAYS_MAX)`,
  )
}

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days, with the command to run */
export function requireDays(model: string, { days }: PinnedTable, daysMin: number, date: string, asset: string): void {
  if (days.length >= daysMin) return
  throw refuse(
    'TooLittleHistory',
    `${model}: ${days.length} days of ${asset} up to ${date} are too few: training and evaluation need ${daysMin}; \`shelfline backfill run --assets ${asset} --from … --to ${date}\``,
  )
}
