/** The isolation forest of days of a product in a store, as `trainModels` trains it. */
import { addDays } from '../../contracts/calendar.ts'
import { dayFeatures } from '../../models/insights/anomaly-features.ts'
import { type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { statement, statementsVersion } from '../../platform/postgres/sql.ts'
import type { Life } from '../activity-context.ts'
import { inventoryInput } from '../assets/cleansed/inventory.ts'
import { dailySalesInput } from '../assets/features/daily-sales.ts'
import { demandInput, featuresDemand } from '../assets/features/demand.ts'
import { onlyRow } from '../assets/framework/work.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { columnOf, readMatrix } from '../registry/columns.ts'
import { knownRows, pinTable, requireDays } from '../registry/inputs.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import { choosingDays, type ForestRows, trainForest } from './forest.ts'

export const ANOMALY_DAYS_STATEMENT = 'insights/anomaly_days.sql'

export const anomaliesModel: TrainableModel = { name: 'anomalies', learnsFrom: demandInput, train }

const SEED = 1
/** Days of training, the judged ones included: a season's worth, not a year's. */
const WINDOW_DAYS = 49
const DAYS_MIN = 21
const JUDGED_DAYS = 7
const ROWS_MAX = 300_000
/** One day of a product in a store of two hundred counts as odd. */
export const ODD_DAYS_SHARE = 0.005

/** What makes a day odd, by the remainder of its hash: a till's mistake, a spike, a silence, a surge of a week. */
const faults = [
  'case when fault = 0 then lag_1 + 5 + 10 * coalesce(mean_28, 0) else lag_1 end as lag_1',
  'case when fault = 1 then price_ratio * 0.2 else price_ratio end as price_ratio',
  'case when fault = 2 then days_since_sale + 60 else days_since_sale end as days_since_sale',
  'case when fault = 3 then mean_7 * 6 + 1 else mean_7 end as mean_7',
].join(', ')
const FAULTS = 4
const FAULTLESS = 100

export interface AnomalyDaySources {
  features: string
  daily: string
  inventory: string
  /** A condition on store_id. */
  keep: string
}

/** Makes the temporary table `anomaly_day`: the same for training and for the morning. */
export async function defineAnomalyDays(connection: DuckDBConnection, sources: AnomalyDaySources): Promise<void> {
  const definitions = Object.entries(dayFeatures).map(([name, definition]) => `(${definition})::float as ${name}`)
  const weekdays = [1, 2, 3, 4, 5, 6, 7].map((weekday) => `when ${weekday} then weekday_mean_${weekday}`)
  await connection.run(
    statement(ANOMALY_DAYS_STATEMENT, {
      ...sources,
      definitions: definitions.join(', '),
      weekday_cases: weekdays.join(' '),
    }),
  )
}

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days of features */
async function train(
  dependencies: BatchDependencies,
  { date, seed = SEED, asKnownAt }: TrainRequest,
  life: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const from = addDays(date, 1 - WINDOW_DAYS)
  const features = await pinTable(dependencies, demandInput, date, from)
  const daily = await pinTable(dependencies, dailySalesInput, date, from)
  const inventory = await pinTable(dependencies, inventoryInput, date, from)
  requireDays('anomalies', features, DAYS_MIN, date, 'features/demand')
  const { days } = features
  const judgedDays = { from: days.at(-JUDGED_DAYS)!, through: days.at(-1)! }
  onStep('reading', 0)
  const names = Object.keys(dayFeatures)
  const rows = await withConnection(dependencies.duckdb, async (connection) => {
    const sources = {
      daily: knownRows(daily, 'known_on', asKnownAt),
      inventory: knownRows(inventory, 'known_at::date', asKnownAt),
      keep: 'true',
    }
    await defineAnomalyDays(connection, { ...sources, features: features.relation })
    const older = await draw(connection, `date < ${literal(judgedDays.from)}`, names)
    const chosenFrom = days.at(-JUDGED_DAYS - choosingDays(days.length, JUDGED_DAYS))!
    const oldest = await draw(connection, `date < ${literal(chosenFrom)}`, names)
    const newer = await draw(connection, `date >= ${literal(judgedDays.from)}`, names)
    const withFaults = async (where: string, faultSeed: number): Promise<ForestRows> => {
      const hashed = `hash(store_id, product_id, date, ${faultSeed}) % ${FAULTLESS}`
      const odd = `(select * exclude (fault) replace (${faults}) from (select *, ${hashed} as fault from ${features.relation} where ${where}))`
      await defineAnomalyDays(connection, { ...sources, features: odd })
      const labelled = await draw(connection, where, [...names, `(${hashed} < ${FAULTS})::float`])
      return withoutLabels(labelled, names.length)
    }
    const isChosenBy = `date between ${literal(chosenFrom)} and date ${literal(judgedDays.from)} - 1`
    const choosing = await withFaults(isChosenBy, seed + 1)
    return { oldest, older, newer, choosing, judged: await withFaults(`date >= ${literal(judgedDays.from)}`, seed) }
  })
  return trainForest(dependencies, {
    name: 'anomalies',
    features: names,
    ...rows,
    judgedDays,
    oddShare: ODD_DAYS_SHARE,
    trainedFrom: days[0]!,
    trainedThrough: judgedDays.through,
    codeVersion: statementsVersion([ANOMALY_DAYS_STATEMENT], JSON.stringify(dayFeatures), featuresDemand.codeVersion),
    inputs: {
      [demandInput.table]: features.version,
      [dailySalesInput.table]: daily.version,
      [inventoryInput.table]: inventory.version,
    },
    seed,
    startedMs,
    life,
    workflowId,
    onStep,
  })
}

/** Rows of `anomaly_day`, drawn by a hash of their key where there are too many. */
async function draw(connection: DuckDBConnection, where: string, columns: readonly string[]): Promise<Float32Array> {
  const { rows } = await onlyRow(connection, `select count(*) as rows from anomaly_day where ${where}`)
  const share = Math.min(1, ROWS_MAX / Math.max(Number(rows), 1))
  const drawn = `hash(store_id, product_id, date) % 1000000 < ${Math.ceil(share * 1_000_000)}`
  return readMatrix(connection, `(select * from anomaly_day where ${where} and ${drawn})`, columns)
}

/** Takes the last column off as the labels. */
export function withoutLabels(labelled: Float32Array, width: number): ForestRows {
  const rows = labelled.length / (width + 1)
  const values = new Float32Array(new SharedArrayBuffer(rows * width * 4))
  for (let row = 0; row < rows; row += 1) {
    values.set(labelled.subarray(row * (width + 1), row * (width + 1) + width), row * width)
  }
  return { values, labels: columnOf(labelled, width + 1, width) }
}
