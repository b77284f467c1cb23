import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { fieldsOf } from '../../contracts/avro.ts'
import { topics } from '../../contracts/topics.ts'
import { withCached } from '../../scripts/stack/cache.ts'
import { runCommand } from '../../scripts/stack/command.ts'
import { freePorts } from '../../scripts/stack/ports.ts'
import { requireJava, requireMaven } from '../../scripts/stack/toolchain.ts'

const CONNECT_VERSION = '4.3.1'
const DEBEZIUM_VERSION = '3.6.0.Final'
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'
const POLL_MS = 200
const RUN_SECONDS_MAX = 300
const ROWS_TABLE = 'connect_events'

const noReport = () => {}

/** Kafka Connect with the Debezium JDBC sink, fetched once. */
async function install(): Promise<string> {
  return withCached('kafka-connect-debezium', `${CONNECT_VERSION}-${DEBEZIUM_VERSION}`, async (folder) => {
    const maven = await requireMaven(noReport)
    const call = (goal: string, ...rest: string[]) =>
      runCommand(maven.path, ['--batch-mode', '--quiet', `${DEPENDENCY_PLUGIN}:${goal}`, ...rest], {
        cwd: import.meta.dirname,
        environment: maven.environment,
      })
    await call('copy-dependencies', `-DoutputDirectory=${join(folder, 'libs')}`)
    await call(
      'copy',
      `-Dartifact=io.debezium:debezium-connector-jdbc:${DEBEZIUM_VERSION}:tar.gz:plugin`,
      `-DoutputDirectory=${folder}`,
    )
    mkdirSync(join(folder, 'plugins'))
    const archive = join(folder, `debezium-connector-jdbc-${DEBEZIUM_VERSION}-plugin.tar.gz`)
    await runCommand('tar', ['-xzf', archive, '-C', join(folder, 'plugins')])
    rmSync(archive)
  })
}

/**
 * Upserts a topic of sales by event_id with Kafka Connect and returns its events a second, from the first row that is
 * seen to the last: its start is not counted.
 *
 * @param events messages in the topic; `distinct` of them have an event_id of their own
 */
export async function runKafkaConnect(options: {
  brokers: readonly string[]
  postgresUrl: string
  topic: string
  events: number
  distinct: number
}): Promise<number> {
  const folder = await install()
  const work = mkdtempSync(join(tmpdir(), 'shelfline-connect-'))
  const database = new pg.Client({ connectionString: options.postgresUrl })
  await database.connect()
  await createTable(database)
  await writeConfiguration(work, folder, options)
  const log = openSync(join(work, 'connect.log'), 'w')
  const connect = spawn(
    await requireJava(noReport),
    [
      '-Xmx1g',
      '-cp',
      `${folder}/libs/*`,
      'org.apache.kafka.connect.cli.ConnectStandalone',
      join(work, 'worker.properties'),
      join(work, 'sink.properties'),
    ],
    { stdio: ['ignore', log, log] },
  )
  try {
    return await rate(database, options.events, options.distinct)
  } finally {
    const ended = new Promise((resolve) => connect.once('exit', resolve))
    connect.kill('SIGKILL')
    await ended
    await database.end()
    rmSync(work, { recursive: true, force: true })
  }
}

/** Made beforehand: two tasks that make it at once race, and one of them dies. */
async function createTable(database: pg.Client): Promise<void> {
  const columns = fieldsOf(topics.pos_transactions).map(({ name, kind }) => {
    const type = kind === 'integer' ? 'integer' : kind === 'boolean' ? 'boolean' : 'text'
    return `${name} ${type}${name === 'event_id' ? ' primary key' : ''}`
  })
  await database.query(`drop table if exists ${ROWS_TABLE}; create table ${ROWS_TABLE} (${columns.join(', ')})`)
}

async function rate(database: pg.Client, events: number, distinct: number): Promise<number> {
  const deadline = performance.now() + RUN_SECONDS_MAX * 1000
  let firstAt: number | undefined
  let firstRows = 0
  while (performance.now() < deadline) {
    const { rows } = await database.query<{ rows: string }>(`select count(*) as rows from ${ROWS_TABLE}`)
    const found = Number(rows[0]!.rows)
    if (found > 0 && firstAt === undefined) {
      firstAt = performance.now()
      firstRows = found
    }
    if (found >= distinct) {
      const share = (distinct - firstRows) / distinct
      return (events * share) / ((performance.now() - firstAt!) / 1000)
    }
    await pause(POLL_MS)
  }
  throw new Error(`Kafka Connect did not write ${distinct} rows in ${RUN_SECONDS_MAX} s`)
}

async function writeConfiguration(
  work: string,
  folder: string,
  { brokers, postgresUrl, topic }: { brokers: readonly string[]; postgresUrl: string; topic: string },
): Promise<void> {
  const fields = fieldsOf(topics.pos_transactions).map(({ name, kind, optional }) => ({
    field: name,
    type: kind === 'integer' ? 'int32' : kind === 'boolean' ? 'boolean' : 'string',
    optional,
  }))
  const port = (await freePorts()).kafkaController
  const url = new URL(postgresUrl)
  const properties = (entries: Record<string, string | number>) =>
    Object.entries(entries)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n')
  writeFileSync(
    join(work, 'worker.properties'),
    properties({
      'bootstrap.servers': brokers.join(','),
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'true',
      'value.converter.schema.content': JSON.stringify({ type: 'struct', optional: false, fields }),
      'offset.storage.file.filename': join(work, 'offsets'),
      'plugin.path': join(folder, 'plugins'),
      listeners: `http://127.0.0.1:${port}`,
      'consumer.max.poll.records': 1000,
      'connector.client.config.override.policy': 'All',
    }),
  )
  writeFileSync(
    join(work, 'sink.properties'),
    properties({
      name: `bench-${Date.now()}`,
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': 2,
      topics: topic,
      'connection.url': `jdbc:postgresql://${url.host}${url.pathname}`,
      'connection.username': url.username,
      'connection.password': url.password,
      'insert.mode': 'upsert',
      'primary.key.mode': 'record_value',
      'primary.key.fields': 'event_id',
      'collection.name.format': ROWS_TABLE,
      'schema.evolution': 'none',
      'batch.size': 1000,
      'use.reduction.buffer': 'true',
      'dialect.postgres.unnest.insert.enabled': 'true',
      'consumer.override.max.poll.records': 1000,
      'consumer.override.auto.offset.reset': 'earliest',
    }),
  )
}
