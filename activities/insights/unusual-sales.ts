/** The isolation forest of sale lines, as `trainModels` trains it; the processor `anomaly_scores` scores by it. */
import { addDays } from '../../contracts/calendar.ts'
import { lineFeatures, type SaleLine, writeLineRow } from '../../models/insights/anomaly-features.ts'
import { seeded } from '../../models/statistics/random.ts'
import { type DuckDBConnection, literal, withConnection, withPostgres } from '../../platform/duckdb/duckdb.ts'
import { statement, statementsVersion } from '../../platform/postgres/sql.ts'
import type { Life } from '../activity-context.ts'
import { salesInput } from '../assets/cleansed/sales.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { columnOf, readMatrix } from '../registry/columns.ts'
import { knownRows, pinTable, requireDays } from '../registry/inputs.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import { choosingDays, type ForestRows, trainForest } from './forest.ts'

export const unusualSalesModel: TrainableModel = { name: 'unusual_sales', learnsFrom: salesInput, train }

const SEED = 1
/** Days of lines, the judged ones included; what is usual for them reaches back four weeks more. */
const LINE_DAYS = 21
const USUAL_DAYS = 28
const DAYS_MIN = 14
const JUDGED_DAYS = 4
const LINES_MAX = 300_000
/** One line of a thousand counts as odd. */
export const ODD_LINES_SHARE = 0.001
/** One line of this many is made odd. */
const FAULT_EVERY = 40
/** What makes a line odd: a wrong quantity, two wrong prices, a sale in the night. */
const faults: readonly ((line: SaleLine) => SaleLine)[] = [
  (line) => ({ ...line, quantity: line.quantity * 20 + 20, amount: line.amount * 20 + 20 * line.unitPrice }),
  (line) => ({ ...line, unitPrice: line.unitPrice / 10, discount: 0, amount: (line.quantity * line.unitPrice) / 10 }),
  (line) => ({ ...line, unitPrice: line.unitPrice * 10, discount: 0, amount: line.quantity * line.unitPrice * 10 }),
  (line) => ({ ...line, hour: 3 }),
]

const columns = ['quantity', 'unit_price', 'discount', 'amount', 'hour', 'usual_units', 'usual_price'] as const

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days of sales */
async function train(
  dependencies: BatchDependencies,
  { date, seed = SEED, asKnownAt }: TrainRequest,
  life: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const sales = await pinTable(dependencies, salesInput, date, addDays(date, 1 - LINE_DAYS - USUAL_DAYS))
  requireDays('unusual_sales', sales, DAYS_MIN, date, 'cleansed/sales')
  const { days } = sales
  const first = days.at(-Math.min(LINE_DAYS, Math.ceil(days.length / 2)))!
  const judgedDays = { from: days.at(-JUDGED_DAYS)!, through: days.at(-1)! }
  onStep('reading', 0)
  const rows = await withConnection(dependencies.duckdb, async (connection) => {
    await defineAnomalyLines(connection, dependencies.settings, {
      sales: knownRows(sales, 'known_at::date', asKnownAt),
      first,
      last: judgedDays.through,
      seed,
    })
    const read = (where: string) => readMatrix(connection, `(select * from anomaly_line where ${where})`, columns)
    const older = await read(`date < ${literal(judgedDays.from)}`)
    const isChosenBy = `date >= ${literal(days.at(-JUDGED_DAYS - choosingDays(days.length - days.indexOf(first), JUDGED_DAYS))!)}`
    const newer = await read(`date >= ${literal(judgedDays.from)}`)
    return {
      oldest: rowsOf(await read(`date < ${literal(judgedDays.from)} and not (${isChosenBy})`)),
      older: rowsOf(older),
      newer: rowsOf(newer),
      choosing: withFaults(await read(`date < ${literal(judgedDays.from)} and ${isChosenBy}`), seed + 1),
      judged: withFaults(newer, seed),
    }
  })
  return trainForest(dependencies, {
    name: 'unusual_sales',
    features: lineFeatures,
    ...rows,
    judgedDays,
    oddShare: ODD_LINES_SHARE,
    trainedFrom: first,
    trainedThrough: judgedDays.through,
    codeVersion: statementsVersion(['insights/anomaly_lines.sql'], lineFeatures.join(), writeLineRow.toString()),
    inputs: { [salesInput.table]: sales.version },
    seed,
    startedMs,
    life,
    workflowId,
    onStep,
  })
}

/** Makes the temporary table `anomaly_line`. */
export async function defineAnomalyLines(
  connection: DuckDBConnection,
  settings: { postgresUrl: string },
  { sales, first, last, seed }: { sales: string; first: string; last: string; seed: number },
): Promise<void> {
  await withPostgres(connection, settings, (postgres) =>
    connection.run(
      `create or replace temp table store_zone as from postgres_query(${literal(postgres)}, 'select store_id, time_zone from ref.stores')`,
    ),
  )
  const days = { first: `date ${literal(first)}`, last: `date ${literal(last)}` }
  const bound = { seed: String(seed), rows_max: String(LINES_MAX), stores: 'store_zone' }
  await connection.run(statement('insights/anomaly_lines.sql', { sales, ...days, ...bound }))
}

export function lineAt(values: Float32Array, row: number): SaleLine {
  const at = row * columns.length
  const value = (index: number) => values[at + index]!
  return {
    quantity: value(0),
    unitPrice: value(1),
    discount: value(2),
    amount: value(3),
    hour: value(4),
    usualUnits: value(5),
    usualPrice: value(6),
  }
}

function rowsOf(lines: Float32Array, change: (line: SaleLine, row: number) => SaleLine = (line) => line): Float32Array {
  const count = lines.length / columns.length
  const values = new Float32Array(new SharedArrayBuffer(count * lineFeatures.length * 4))
  for (let row = 0; row < count; row += 1) {
    writeLineRow(change(lineAt(lines, row), row), values, row * lineFeatures.length)
  }
  return values
}

/** Some lines made odd. */
function withFaults(lines: Float32Array, seed: number): ForestRows {
  const random = seeded(seed)
  const labels = columnOf(lines, columns.length, 0).map(() => (random() * FAULT_EVERY < 1 ? 1 : 0))
  let made = 0
  const values = rowsOf(lines, (line, row) => (labels[row] === 1 ? faults[made++ % faults.length]!(line) : line))
  return { values, labels }
}
