/** Cross-sell as `trainModels` trains it: which products go into the same baskets (alternating least squares). */
import { addDays } from '../../contracts/calendar.ts'
import { greatest, type Interactions, type ItemFactors } from '../../models/insights/als.ts'
import {
  type CrossSellManifest,
  factorsOf,
  LISTS_FILE,
  type PartnerList,
  vectorsOf,
} from '../../models/insights/cross-sell.ts'
import { MANIFEST_FILE, readManifest } from '../../models/registry/artefact.ts'
import { rankingScores } from '../../models/registry/ranking-metrics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { type DuckDBConnection, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import { statement, statementsVersion } from '../../platform/postgres/sql.ts'
import type { Life } from '../activity-context.ts'
import { salesInput } from '../assets/cleansed/sales.ts'
import { onlyRow } from '../assets/framework/work.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'
import { writeColumns } from '../registry/columns.ts'
import { EVIDENCE_FILE, evidenceFile } from '../registry/evidence.ts'
import { knownRows, pinTable, requireDays } from '../registry/inputs.ts'
import { againstChampion, decidePromotion, type JudgedChampion } from '../registry/promotion.ts'
import { registerTrained } from '../registry/registration.ts'
import { runTask } from '../registry/thread.ts'
import type { TellStep, TrainableModel, TrainedVersion, TrainRequest } from '../registry/trainable-model.ts'
import type { MetricRow } from '../registry/versions.ts'

export const crossSellModel: TrainableModel = { name: 'cross_sell', learnsFrom: salesInput, train }

const SEED = 1
const WINDOW_DAYS = 180
const DAYS_MIN = 21
/** The newest part of the baskets judges. */
const JUDGED_SHARE = 0.1
const JUDGED_BASKETS_MAX = 2_000
const BASKETS_MIN = 5
const PRODUCTS_MAX = 20_000
const LINES_MAX = 3_000_000
const OPTIONS = { factors: 32, confidence: 10, regularization: 1, iterations: 12 } as const
/** Products in a list, and those of a recommendation that is judged. */
const LIST_LENGTH = 10

/** @throws ApplicationFailure `TooLittleHistory` when there are too few days, or no baskets of two products */
async function train(
  dependencies: BatchDependencies,
  { date, seed = SEED, asKnownAt }: TrainRequest,
  life: Life,
  workflowId: string,
  onStep: TellStep,
): Promise<TrainedVersion> {
  const startedMs = performance.now()
  const { signal } = life
  const sales = await pinTable(dependencies, salesInput, date, addDays(date, 1 - WINDOW_DAYS))
  requireDays('cross_sell', sales, DAYS_MIN, date, 'cleansed/sales')
  return withConnection(dependencies.duckdb, async (connection) => {
    onStep('reading baskets', 0)
    const { baskets, products, dates } = await readBaskets(
      connection,
      knownRows(sales, 'known_at::date', asKnownAt),
      seed,
    )
    const cases = hideOne(baskets, seed)
    if (cases.hidden.length === 0) {
      throw refuse(
        'TooLittleHistory',
        `cross_sell: up to ${date} there are too few baskets of two products or more to learn from`,
      )
    }
    const factorise = (training: Interactions, from: number, to: number) =>
      runTask(
        'factoriseBaskets',
        { baskets: training, options: { ...OPTIONS, seed } },
        { signal, onDone: (done) => onStep('factorising', from + done * (to - from)) },
      )
    const judgedLists = await listsOf(await factorise(cases.training, 0.05, 0.45), cases.asked, signal)
    const popular = popularLists(cases)
    const champion = await judgeChampion(dependencies, { cases, products, own: judgedLists, connection, signal })
    const model = await factorise(baskets, 0.45, 0.85)
    const lists = await pairProducts(connection, model, baskets, products, { signal, onStep })
    const own = rankingScores(cases.hidden, judgedLists)
    const naive = rankingScores(cases.hidden, popular)
    onStep('registering', 1)
    const manifest: CrossSellManifest = {
      model: 'cross_sell',
      products,
      factors: OPTIONS.factors,
      confidence: OPTIONS.confidence,
      regularization: OPTIONS.regularization,
      vectors: vectorsOf(model),
      seed,
      trainedThrough: dates.last,
    }
    return registerTrained(
      dependencies,
      {
        model: 'cross_sell',
        trainedFrom: dates.first,
        trainedThrough: dates.last,
        seed,
        workflowId,
        codeVersion: statementsVersion(['insights/baskets.sql'], JSON.stringify(OPTIONS)),
        parameters: { ...OPTIONS, products: products.length, baskets: baskets.starts.length - 1 },
        inputs: { [salesInput.table]: sales.version },
        trainingRows: baskets.columns.length,
        durationMs: performance.now() - startedMs,
        metrics: [...metricsOf('chosen', own, cases), ...metricsOf('popularity', naive, cases)],
        files: {
          [LISTS_FILE]: JSON.stringify(lists),
          [EVIDENCE_FILE]: evidenceFile({ measured: { from: dates.judgedFrom, through: dates.last } }),
          [MANIFEST_FILE]: JSON.stringify(manifest),
        },
        decision: decidePromotion({
          measure: 'recall@10',
          own: own?.recall,
          naive: { name: 'popularity', value: naive?.recall },
          isLessBetter: false,
          ...(champion && { champion }),
          // The range changes: what was listed after a champion was trained is in no list of its.
          rule: 'not_worse',
          seed,
        }),
      },
      signal,
    )
  })
}

async function readBaskets(connection: DuckDBConnection, sales: string, seed: number) {
  const bounds = { baskets_min: BASKETS_MIN, products_max: PRODUCTS_MAX, lines_max: LINES_MAX, seed }
  const texts = Object.fromEntries(Object.entries(bounds).map(([name, value]) => [name, String(value)]))
  await connection.run(statement('insights/baskets.sql', { sales, ...texts }))
  const found = await onlyRow(
    connection,
    `select count(*) as lines, coalesce(max(basket) + 1, 0) as baskets, min(date)::varchar as first, max(date)::varchar as last from basket_line`,
  )
  const [rows, lines] = [Number(found.baskets), Number(found.lines)]
  const [starts, columns] = [rows + 1, lines].map((size) => new Int32Array(new SharedArrayBuffer(size * 4))) as [
    Int32Array,
    Int32Array,
  ]
  let at = 0
  const result = await connection.stream('select basket, item from basket_line order by basket, item')
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const [basket, item] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
    for (let row = 0; row < chunk.rowCount; row += 1) {
      starts[(basket.getItem(row) as number) + 1]! += 1
      columns[at] = item.getItem(row) as number
      at += 1
    }
  }
  for (let row = 1; row <= rows; row += 1) starts[row]! += starts[row - 1]!
  const products = (
    await connection.runAndReadAll('select product_id from basket_product order by item')
  ).getColumns()[0]
  const first = firstJudged(rows)
  const judged = await onlyRow(connection, `select min(date)::varchar as day from basket_line where basket >= ${first}`)
  const dates = { first: String(found.first), last: String(found.last), judgedFrom: String(judged.day) }
  return {
    baskets: { items: products?.length ?? 0, starts, columns },
    products: (products ?? []) as string[],
    dates,
  }
}

/** Baskets are in the order of their days. */
const firstJudged = (rows: number): number => Math.floor(rows * (1 - JUDGED_SHARE))

interface Cases {
  training: Interactions
  /** What is left of each judged basket, and what was hidden from it. */
  asked: Int32Array[]
  hidden: Int32Array
  /** Which basket each is. */
  baskets: number[]
}

/** One product of each judged basket is hidden. */
function hideOne({ items, starts, columns }: Interactions, seed: number): Cases {
  const rows = starts.length - 1
  const first = firstJudged(rows)
  const random = seeded(seed)
  const step = Math.max(1, Math.ceil((rows - first) / JUDGED_BASKETS_MAX))
  const asked: Int32Array[] = []
  const hidden: number[] = []
  const baskets: number[] = []
  for (let row = first; first > 0 && row < rows; row += step) {
    const held = columns.subarray(starts[row]!, starts[row + 1]!)
    const which = Math.floor(random() * held.length)
    hidden.push(held[which]!)
    baskets.push(row)
    asked.push(held.filter((_, index) => index !== which))
  }
  const training = { items, starts: starts.subarray(0, first + 1), columns: columns.subarray(0, starts[first]!) }
  return { training, asked, baskets, hidden: Int32Array.from(hidden) }
}

const listsOf = (model: ItemFactors, asked: readonly Int32Array[], signal: AbortSignal): Promise<Int32Array[]> =>
  runTask('recommendLists', { model, asked, length: LIST_LENGTH }, { signal })

function popularLists({ training, asked }: Cases): Int32Array[] {
  const counts = new Float64Array(training.items)
  for (const item of training.columns) counts[item]! += 1
  return asked.map((held) => {
    const own = counts.slice()
    for (const item of held) own[item] = Number.NEGATIVE_INFINITY
    return greatest(own, LIST_LENGTH)
  })
}

interface Judged {
  cases: Cases
  products: readonly string[]
  own: readonly Int32Array[]
  connection: DuckDBConnection
  signal: AbortSignal
}

/** Both are asked about the same baskets, of days that the champion has not seen; a product that the champion does not know is one that it does not find. */
const judgeChampion = (
  dependencies: BatchDependencies,
  { cases: { asked, hidden, baskets }, products, own, connection, signal }: Judged,
): Promise<JudgedChampion | undefined> =>
  againstChampion(dependencies, 'cross_sell', signal, async (champion) => {
    const manifest = await readManifest<CrossSellManifest>(dependencies.objectStore, champion.artefact)
    const seen = `date <= date ${literal(champion.trainedThrough)}`
    const unseen = await onlyRow(
      connection,
      `select coalesce(max(basket) + 1, 0) as first from basket_line where ${seen}`,
    )
    const unseenFrom = Number(unseen.first)
    const theirItem = new Map(manifest.products.map((product, item) => [product, item]))
    const known = asked.map((held) =>
      Int32Array.from([...held].flatMap((item) => theirItem.get(products[item]!) ?? [])),
    )
    const lists = await listsOf(factorsOf(manifest), known, signal)
    return lists.flatMap((list, index) => {
      if (baskets[index]! < unseenFrom) return []
      const isFound = list.includes(theirItem.get(products[hidden[index]!]!) ?? -1)
      return { actual: 1, own: own[index]!.includes(hidden[index]!) ? 0 : 1, champion: isFound ? 0 : 1 }
    })
  })

const metricsOf = (
  candidate: string,
  scores: { recall: number; ndcg: number } | undefined,
  { hidden }: Cases,
): MetricRow[] =>
  scores === undefined
    ? []
    : Object.entries({ recall_10: scores.recall, ndcg_10: scores.ndcg }).map(([metric, value]) => ({
        candidate,
        segment: 'all',
        horizon: 'one hidden',
        metric,
        value,
        rows: hidden.length,
      }))

/** The list of each product that is in enough baskets, with how often the two were really bought together. */
async function pairProducts(
  connection: DuckDBConnection,
  model: ItemFactors,
  baskets: Interactions,
  products: readonly string[],
  { signal, onStep }: { signal: AbortSignal; onStep: TellStep },
): Promise<PartnerList[]> {
  const counts = new Int32Array(baskets.items)
  for (const item of baskets.columns) counts[item]! += 1
  const paired = await runTask(
    'pairItems',
    { model, partners: LIST_LENGTH, counts, countMin: BASKETS_MIN },
    { signal, onDone: (done) => onStep('pairing products', 0.85 + 0.1 * done) },
  )
  const pairs = paired.flatMap(({ partners, cosines }, item) =>
    [...partners].map((partner, place) => ({ item, partner, cosine: cosines[place]! })),
  )
  await writeColumns(connection, 'pair', pairs.length, {
    item: { type: 'integer', of: (row) => pairs[row]!.item },
    partner: { type: 'integer', of: (row) => pairs[row]!.partner },
  })
  const counted = await connection.runAndReadAll(
    `select pair.n, count(other.basket)::integer from pair
     left join basket_line as own on own.item = pair.item
     left join basket_line as other on other.basket = own.basket and other.item = pair.partner
     group by pair.n order by pair.n`,
  )
  const together = (counted.getColumns()[1] ?? []) as number[]
  const all = baskets.starts.length - 1
  const lists = products.map((product, item): PartnerList => ({ product, baskets: counts[item]!, partners: [] }))
  for (const [index, { item, partner, cosine }] of pairs.entries()) {
    const both = together[index]!
    lists[item]!.partners.push({
      product: products[partner]!,
      similarity: Number(cosine.toFixed(6)),
      together: both,
      lift: Number(((both * all) / (counts[item]! * counts[partner]!)).toPrecision(6)),
    })
  }
  return lists.filter(({ partners }) => partners.length > 0)
}
