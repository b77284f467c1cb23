/**
 * The peer: 10.5 million raw till lines validated, deduplicated and summed to store × product × day in PostgreSQL, by
 * PySpark 4.1.3 and by what the assets are made of (DuckDB and binary COPY), in one run, on one machine.
 * Needs a running instance (`./shelfline stack up`), Python 3 with pip, Maven and Java; fetches PySpark (450 MB) once.
 * `node bench/spark-etl/compare.ts [runs = 5] [times = 7]`; `times`: how often the data set's year is repeated.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadStaging } from '../../activities/assets/framework/staging.ts'
import { openTestAssets } from '../../activities/assets/framework/testing.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { inTransaction } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { withCached } from '../../scripts/stack/cache.ts'
import { runCommand } from '../../scripts/stack/command.ts'
import { prepareCompleteJourney } from '../../scripts/stack/complete-journey.ts'
import { requireJava, requireMaven } from '../../scripts/stack/toolchain.ts'
import { findPython, pythonFix } from '../../scripts/stack/wheels.ts'
import { machine, median, report, seconds } from '../measure.ts'

const PYSPARK_VERSION = '4.1.3'
const DRIVER_VERSION = '42.7.14'
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'
const FACT_COLUMNS =
  'date date, store_id bigint, product_id bigint, department text, quantity numeric(24, 6), net_amount numeric(24, 6), lines bigint'
const folder = import.meta.dirname

const [runs = '5', times = '7'] = process.argv.slice(2)

console.log(machine())
const world = await openTestAssets()
const work = mkdtempSync(join(tmpdir(), 'shelfline-spark-'))
try {
  await measure()
} finally {
  rmSync(work, { recursive: true, force: true })
  await world.close()
}

async function measure(): Promise<void> {
  const peer = await installPeer()
  const dataSet = await prepareCompleteJourney(() => undefined)
  const raw = join(work, 'raw.parquet')
  const products = join(dataSet, 'products.parquet')
  const transactions = join(dataSet, 'transactions.parquet')
  await run('generate.sql', { transactions: literal(transactions), times, target: literal(raw) })
  const lines = await count(`read_parquet(${literal(raw)})`)
  console.log(`${lines.toLocaleString('en-GB')} raw lines`)

  const ours: number[] = []
  let peakMegabytes = 0
  const sampling = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, process.memoryUsage.rss() / 2 ** 20)
  }, 50)
  for (let index = 0; index < Number(runs); index += 1) ours.push(await seconds(() => replaceFacts(raw, products)))
  clearInterval(sampling)
  const spark = await runPeer(peer, raw, products)
  const [first, ...warm] = spark.runs
  report('ours', 's', ours)
  report('PySpark, cold (session and first run)', 's', [spark.session + first!])
  report('PySpark, warm', 's', warm)
  report(
    'ours',
    'lines/s',
    ours.map((value) => lines / value),
  )
  report('our memory at most', 'MB', [peakMegabytes])
  report('ours / PySpark warm', '', [median(ours) / median(warm)])
  await compare()
}

/** Stage beside, then swap in one transaction: as the assets do. */
async function replaceFacts(raw: string, products: string): Promise<void> {
  const select = statement('../bench/spark-etl/summarise.sql', { raw: literal(raw), products: literal(products) })
  const { table } = await loadStaging(world.context, world.connection, { name: 'bench', columns: FACT_COLUMNS, select })
  await inTransaction(world.context.pool, async (client) => {
    await client.query(`create table if not exists staging.our_facts (${FACT_COLUMNS})`)
    await client.query('truncate staging.our_facts')
    await client.query(`insert into staging.our_facts select * from ${table}`)
    await client.query(`drop table ${table}`)
  })
}

async function run(file: string, parameters: Record<string, string>): Promise<void> {
  await world.connection.run(statement(`../bench/spark-etl/${file}`, parameters))
}

async function count(relation: string): Promise<number> {
  return Number((await world.connection.runAndReadAll(`select count(*) from ${relation}`)).getRows()[0]![0])
}

/** Both must have come to the same facts. Spark's amounts are floating point: they are compared to the cent. */
async function compare(): Promise<void> {
  const sums = (table: string) =>
    world.rows(
      `select count(*) as rows, sum(lines) as lines, round(sum(quantity)::numeric) as quantity, round(sum(net_amount)::numeric, 2) as net
       from ${table}`,
    )
  const [ours] = await sums('staging.our_facts')
  const [theirs] = await sums('staging.spark_facts')
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new Error(`the results differ: ours ${JSON.stringify(ours)}, PySpark ${JSON.stringify(theirs)}`)
  }
  console.log(`the same facts: ${JSON.stringify(ours)}`)
}

interface Peer {
  python: string
  java: string
  folder: string
}

async function installPeer(): Promise<Peer> {
  const python = await findPython()
  if (python === undefined) throw new Error(`Python is missing: ${pythonFix}`)
  const installed = await withCached('pyspark', `${PYSPARK_VERSION}-${DRIVER_VERSION}`, async (target) => {
    const install = ['-m', 'pip', 'install', '--quiet', '--target', join(target, 'site')]
    await runCommand(python.path, [...install, `pyspark==${PYSPARK_VERSION}`])
    const maven = await requireMaven(() => undefined)
    const goal = [`${DEPENDENCY_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${join(target, 'jars')}`]
    await runCommand(maven.path, ['--batch-mode', '--quiet', ...goal], {
      cwd: folder,
      environment: maven.environment,
    })
  })
  return { python: python.path, java: await requireJava(() => undefined), folder: installed }
}

async function runPeer(peer: Peer, raw: string, products: string): Promise<{ session: number; runs: number[] }> {
  const database = new URL(world.context.settings.postgresUrl)
  const output = await runCommand(
    peer.python,
    [
      join(folder, 'summarise.py'),
      raw,
      products,
      join(peer.folder, 'jars', `postgresql-${DRIVER_VERSION}.jar`),
      `jdbc:postgresql://${database.host}${database.pathname}`,
      decodeURIComponent(database.username),
      decodeURIComponent(database.password),
      'staging.spark_facts',
      // The first run is the cold one.
      String(Number(runs) + 1),
    ],
    {
      environment: {
        PYTHONPATH: join(peer.folder, 'site'),
        JAVA_HOME: dirname(dirname(realpathSync(peer.java))),
        SPARK_LOCAL_IP: '127.0.0.1',
        SPARK_LOCAL_DIRS: work,
      },
    },
  )
  const line = output.split('\n').findLast((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`PySpark printed no result:\n${output}`)
  return JSON.parse(line)
}
