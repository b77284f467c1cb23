/** Spark natively: a master, two workers, and the server of Spark Connect, to which clients hand their statements. */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findCached, withCached } from './cache.ts'
import { StackError } from './errors.ts'
import { type Instance, type SparkName, sparkWorkers } from './home.ts'
import { loggingSettings } from './kafka.ts'
import { installJars } from './maven.ts'
import { usedObjectStore } from './minio.ts'
import { isPortFree } from './ports.ts'
import { noReport, type Report } from './progress.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'
import { requireJava } from './toolchain.ts'

export const SPARK_VERSION = '4.2.0'
/** Of its jars: raise the last number with the hash. */
const JARS_VERSION = `${SPARK_VERSION}-2`
const JARS_SHA256 = 'a838f73b587009e886e3081f32b5b776c456464b29492a86e230f8004f48a47c'
/** Of the master and of each worker: they only direct. */
const DIRECTING_HEAP = '192m'
/** They live for a few messages a second: what takes time there is the start. */
const DIRECTING_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
/** Of a disposable instance, which ends before code that is compiled well has earned its cost. */
const DISPOSABLE_FLAGS = ['-XX:TieredStopAtLevel=1']
/** Of the Connect server, which plans statements and commits what they write. */
const DRIVER_HEAP = '1g'
/** Of the process in which a worker runs its share, and what Spark needs beside it. */
const EXECUTOR_HEAP_MEGABYTES = 768
const EXECUTOR_OVERHEAD_MEGABYTES = 384
const WORKER_CORES = 1
const REQUEST_TIMEOUT_MS = 3_000
const MASTER_WAIT_MS = 300_000
const MASTER_POLL_MS = 200

type SparkServer = Server<SparkName>

/** Java and Spark's jars, downloaded when they aren't there. @throws StackError naming what can't be had */
export async function prepareSpark(report: Report): Promise<void> {
  await requireJava(report)
  await withCached(
    'spark',
    JARS_VERSION,
    (folder) => installJars('spark', JARS_SHA256, join(folder, 'jars'), report),
    () => report('another process is downloading it'),
  )
}

const shared = {
  stopSignal: 'SIGTERM',
  stopWaitMs: 20_000,
  prepare: prepareSpark,
  async furnish() {},
} satisfies Partial<SparkServer>

const master: SparkServer = {
  ...shared,
  name: 'sparkMaster',
  title: 'Spark master',
  ports: ['sparkMaster', 'sparkMasterUi'],
  launch: (context) => {
    const { ports } = context
    return javaCommand(context, DIRECTING_HEAP, [
      ...DIRECTING_FLAGS,
      'org.apache.spark.deploy.master.Master',
      ...['--host', '127.0.0.1', '--port', String(ports.sparkMaster), '--webui-port', String(ports.sparkMasterUi)],
    ])
  },
  async probe({ ports }) {
    const { status } = await askPage<{ status: string }>(ports.sparkMasterUi)
    if (status !== 'ALIVE') throw new Error(`the master is ${status}`)
  },
}

const worker = (name: (typeof sparkWorkers)[number], number: number): SparkServer => ({
  ...shared,
  name,
  title: `Spark worker ${number}`,
  ports: [name],
  async launch(context) {
    const { home, ports } = context
    await waitForMaster(context)
    return javaCommand(context, DIRECTING_HEAP, [
      ...DIRECTING_FLAGS,
      'org.apache.spark.deploy.worker.Worker',
      ...['--host', '127.0.0.1', '--webui-port', String(ports[name])],
      ...['--cores', String(WORKER_CORES), '--memory', `${EXECUTOR_HEAP_MEGABYTES + EXECUTOR_OVERHEAD_MEGABYTES}m`],
      ...['--work-dir', home.dataFolder(name)],
      masterUrl(context),
    ])
  },
  async probe({ ports }) {
    const { workers } = await askPage<{ workers: { state: string; webuiaddress: string }[] }>(ports.sparkMasterUi)
    const own = workers.findLast(({ webuiaddress }) => webuiaddress.endsWith(`:${ports[name]}`))
    if (own?.state !== 'ALIVE') throw new Error(`the master has the worker as ${own?.state ?? 'unknown'}`)
  },
})

const connectServer: SparkServer = {
  ...shared,
  name: 'spark',
  title: 'Spark Connect',
  ports: ['spark'],
  async launch(context) {
    const { home, ports } = context
    await waitForMaster(context)
    const properties = home.path('spark', 'connect.properties')
    mkdirSync(dirname(properties), { recursive: true, mode: 0o700 })
    const lines = Object.entries(sparkSettings(context)).map(([name, value]) => `${name} ${value}\n`)
    writeFileSync(properties, lines.join(''), { mode: 0o600 })
    return javaCommand(context, DRIVER_HEAP, [
      ...(context.isDisposable ? DISPOSABLE_FLAGS : []),
      'org.apache.spark.deploy.SparkSubmit',
      ...['--master', masterUrl(context), '--properties-file', properties],
      ...['--class', 'org.apache.spark.sql.connect.service.SparkConnectServer'],
      ...['--conf', `spark.connect.grpc.binding.port=${ports.spark}`],
      'spark-internal',
    ])
  },
  async probe(context) {
    const { askVersion } = await import('../../platform/spark/spark-connect.ts')
    await askVersion(sparkAddress(context).url, REQUEST_TIMEOUT_MS)
  },
}

/** In the order in which they depend on each other. */
export const sparkServers: readonly SparkServer[] = [
  master,
  ...sparkWorkers.map((name, index) => worker(name, index + 1)),
  connectServer,
]

export const sparkAddress = ({ ports }: Pick<ServerContext, 'ports'>): Required<Instance>['spark'] => ({
  url: `sc://127.0.0.1:${ports.spark}`,
})

const masterUrl = ({ ports }: ServerContext): string => `spark://127.0.0.1:${ports.sparkMaster}`

/** The same as in `docker/spark/connect.properties`, but for addresses and keys. */
function sparkSettings(context: ServerContext): Record<string, string | number | boolean> {
  const { endpoint, accessKey, secretKey, region } = usedObjectStore(context)
  return {
    'spark.app.name': 'shelfline',
    'spark.driver.host': '127.0.0.1',
    'spark.connect.grpc.binding.address': '127.0.0.1',
    'spark.ui.enabled': false,
    'spark.executor.memory': `${EXECUTOR_HEAP_MEGABYTES}m`,
    'spark.executor.memoryOverhead': `${EXECUTOR_OVERHEAD_MEGABYTES}m`,
    'spark.executor.extraJavaOptions': ['-Duser.timezone=UTC', ...(context.isDisposable ? DISPOSABLE_FLAGS : [])].join(
      ' ',
    ),
    ...(context.isDisposable && { 'spark.sql.codegen.wholeStage': false, 'spark.sql.adaptive.enabled': false }),
    'spark.sql.shuffle.partitions': 2 * sparkWorkers.length * WORKER_CORES,
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    // Of the log of a table, which is small here: by default fifty tasks read it.
    'spark.databricks.delta.snapshotPartitions': sparkWorkers.length * WORKER_CORES,
    'spark.sql.warehouse.dir': context.home.dataFolder('spark-warehouse'),
    'spark.hadoop.fs.s3a.endpoint': endpoint,
    'spark.hadoop.fs.s3a.endpoint.region': region,
    'spark.hadoop.fs.s3a.access.key': accessKey,
    'spark.hadoop.fs.s3a.secret.key': secretKey,
    'spark.hadoop.fs.s3a.path.style.access': true,
    'spark.hadoop.fs.s3a.connection.ssl.enabled': endpoint.startsWith('https:'),
  }
}

/** What its processes may look into: the list of Spark's own launcher for Java 17 and later. */
const OPENED = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'sun.nio.ch',
  'sun.nio.cs',
  'sun.security.action',
  'sun.util.calendar',
]

async function javaCommand(
  context: ServerContext,
  heap: string,
  classAndArguments: readonly string[],
): Promise<LaunchCommand> {
  const { home } = context
  const sparkHome = findCached('spark', JARS_VERSION)!
  const java = realpathSync(await requireJava(noReport))
  const logging = home.path('spark-log4j2.properties')
  writeFileSync(logging, loggingSettings)
  return {
    command: java,
    arguments: [
      ...['-cp', join(sparkHome, 'jars', '*'), `-Xmx${heap}`, '-XX:+IgnoreUnrecognizedVMOptions'],
      ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      ...['-Djdk.reflect.useDirectMethodHandle=false', '-Dio.netty.tryReflectionSetAccessible=true'],
      ...['-Duser.timezone=UTC', '-Djava.awt.headless=true', `-Dlog4j2.configurationFile=${logging}`],
      ...classAndArguments,
    ],
    environment: {
      SPARK_HOME: sparkHome,
      // There is no RELEASE file beside the jars that would show it.
      SPARK_SCALA_VERSION: '2.13',
      SPARK_LOCAL_IP: '127.0.0.1',
      SPARK_LOCAL_DIRS: localFolder(context),
      JAVA_HOME: dirname(dirname(java)),
    },
  }
}

const localFolder = ({ home }: ServerContext): string => home.dataFolder('spark-local')

/** Its processes try again only after 20 s when the master is not there yet. */
async function waitForMaster({ ports }: ServerContext): Promise<void> {
  const deadline = performance.now() + MASTER_WAIT_MS
  while (await isPortFree(ports.sparkMaster)) {
    if (performance.now() > deadline) {
      throw new StackError(`Spark master: port ${ports.sparkMaster} was not open within ${MASTER_WAIT_MS / 1_000} s`)
    }
    await pause(MASTER_POLL_MS)
  }
}

/** The page of the master, or of a worker, as JSON. */
async function askPage<Page>(port: number): Promise<Page> {
  const url = `http://127.0.0.1:${port}/json/`
  const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
  return (await answer.json()) as Page
}
