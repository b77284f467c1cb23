/** Forecasts of what the morning's forecast had no features of: new products and stores, and what has ended. */
import { listValue } from '@duckdb/node-api'
import { countDays } from '../../../contracts/calendar.ts'
import { FORECAST_NUMBERS } from '../../../models/forecasting/plan.ts'
import { Batches } from '../../../platform/batches.ts'
import { type DuckDBConnection, literal } from '../../../platform/duckdb/duckdb.ts'
import { COLD_START_MODEL, ENDED_MODEL } from '../../assets/predictions/demand.ts'
import { coldStarts, layForecastLevels } from '../cold-start.ts'
import type { Answer, Prediction, PredictionRequest } from './prediction.ts'

/** Of a request: what a cold start is made from. */
type Unsold = Omit<PredictionRequest, 'features'>

const BATCH_MAX = 1_000
/** Series whose answers are kept: each is some kilobytes. */
const KEPT_MAX = 5_000
/** What the tables of a batch call a product: no product of the catalog has a line break in its id. */
const ASKED = 'chr(10) || n'

/**
 * Answers from a day of `predictions/demand`, which has the forecasts of all that sells, and the cold starts of that morning. What is
 * not among them is computed by the statement that made those.
 */
export class ColdStarts {
  /** The last day that the forecasts know. */
  readonly origin: string
  readonly #connection: DuckDBConnection
  readonly #batches: Batches<Unsold, readonly Prediction[]>
  readonly #kept = new Map<string, readonly Prediction[]>()

  private constructor(origin: string, connection: DuckDBConnection) {
    this.origin = origin
    this.#connection = connection
    this.#batches = new Batches((batch) => this.#run(batch), {
      sizeMax: BATCH_MAX,
      countMax: BATCH_MAX,
      sizeOf: () => 1,
      countOf: () => 1,
    })
  }

  /**
   * @param connection for it alone, with the table `product` of `features/products.sql`; it is closed with this
   * @param forecasts a relation of the day's rows of `predictions/demand`
   */
  static async open(connection: DuckDBConnection, forecasts: string, origin: string): Promise<ColdStarts> {
    const unsold = `model_name in (${[COLD_START_MODEL, ENDED_MODEL].map(literal).join(', ')})`
    await connection.run(`create or replace temp table forecast_day as from ${forecasts}`)
    await layForecastLevels(connection, {
      forecasts: `(from forecast_day where not ${unsold})`,
      products: 'product',
    })
    await connection.run(`create or replace temp table unsold_day as from forecast_day where ${unsold}`)
    await connection.run('drop table forecast_day')
    await connection.run(
      'create or replace temp table asked (n integer, store_id varchar, product_id varchar, category varchar, department varchar)',
    )
    return new ColdStarts(origin, connection)
  }

  async answer(requests: readonly Unsold[]): Promise<Answer[]> {
    return Promise.all(
      requests.map(async (request): Promise<Answer> => {
        const days = await this.#days(request)
        const { targetDate = days[0]?.targetDate } = request
        const found = days.find((day) => day.targetDate === targetDate)
        return found ?? { refusal: `there is no forecast of ${targetDate ?? 'any day'} made on ${this.origin}` }
      }),
    )
  }

  async close(): Promise<void> {
    await this.#batches.idle()
    this.#connection.closeSync()
  }

  async #days(request: Unsold): Promise<readonly Prediction[]> {
    const key = JSON.stringify([request.storeId, request.productId, request.category, request.department])
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const days = await this.#batches.add(request)
    // The oldest makes room.
    if (this.#kept.size >= KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(key, days)
    return days
  }

  async #run(batch: readonly Unsold[]): Promise<PromiseSettledResult<readonly Prediction[]>[]> {
    const list = (of: (request: Unsold) => string | undefined) => listValue(batch.map((one) => of(one) ?? null))
    const parameters = [
      list(({ storeId }) => storeId),
      list(({ productId }) => productId),
      list(({ category }) => category),
      list(({ department }) => department),
    ]
    try {
      await this.#connection.run(INSERT, parameters)
      const reader = await this.#connection.runAndReadAll(SELECT)
      const days: Prediction[][] = batch.map(() => [])
      for (const row of reader.getRowObjectsJS()) days[Number(row.n)]!.push(predictionOf(row, this.origin))
      return days.map((value) => ({ status: 'fulfilled', value }))
    } finally {
      await this.#connection.run('delete from asked')
    }
  }
}

const unnested = (index: number) => `unnest($${index}::varchar[])`
const INSERT = `insert into asked
  select generate_subscripts($1::varchar[], 1) - 1, ${[1, 2, 3, 4].map(unnested).join(', ')}`

const numbers = FORECAST_NUMBERS.join(', ')
/** On one line: parts of a statement are repeated in its comment. */
const ofProduct = (name: string) => `coalesce(asked.${name}, product.${name}) as ${name}`
const SELECT = `
  with cold as (${coldStarts({
    forecasts: "(select '' as store_id, '' as product_id where false)",
    series: `(select store_id, ${ASKED} as product_id from asked anti join unsold_day using (store_id, product_id))`,
    products: `(select ${ASKED} as product_id, ${ofProduct('category')}, ${ofProduct('department')} from asked left join product using (product_id))`,
  })})

  select n, target_date::varchar as target_date, ${numbers}, ${literal(COLD_START_MODEL)} as model_name
  from cold join asked on cold.product_id = ${ASKED}

  union all

  select n, target_date::varchar, ${numbers}, model_name
  from unsold_day join asked using (store_id, product_id)

  order by n, target_date`

function predictionOf(row: Readonly<Record<string, unknown>>, origin: string): Prediction {
  const [mean, deviation, ...quantiles] = FORECAST_NUMBERS.map((name) => row[name] as number | null)
  const targetDate = String(row.target_date)
  return {
    model: String(row.model_name),
    version: 1,
    featuresDate: origin,
    targetDate,
    horizon: countDays(origin, targetDate),
    mean: mean!,
    deviation: deviation!,
    quantiles: quantiles.some((value) => value === null) ? null : (quantiles as number[]),
  }
}
