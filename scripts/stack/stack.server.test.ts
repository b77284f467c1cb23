import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { Kafka, logLevel } from 'kafkajs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { cacheFolder, loadSettings } from '../../platform/settings/settings.ts'
import { Home, serverNames } from './home.ts'
import { withLock } from './lock.ts'
import { MINIO_VERSION } from './minio.ts'
import { isRunning, waitForEnd } from './processes.ts'
import { down, type Instance, reset, status, up } from './stack.ts'
import { searchAttributes } from './temporal.ts'

/** An instance of its own, which these tests may kill and remove. */
const folder = mkdtempSync(join(tmpdir(), 'shelfline-stack-'))
const home = new Home(folder)
let instance: Instance

beforeAll(async () => {
  instance = await up({ home: folder, ports: 'free' })
})

afterAll(async () => {
  await down({ home: folder })
  rmSync(folder, { recursive: true, force: true })
})

const states = async () => (await status({ home: folder })).map(({ state }) => state)
const allRunning = ['running', 'running', 'running', 'running']

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

test('instance.json gives the settings everything, and only the owner can read it', () => {
  const file = home.path('instance.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(instance)
  const settings = loadSettings({ SHELFLINE_HOME: folder })
  expect(settings.postgresUrl).toBe(instance.postgres.url)
  expect(settings.kafkaBrokers).toEqual(instance.kafka.brokers)
  expect(settings.objectStoreSecretKey).toBe(instance.objectStore.secretKey)
  expect(settings.temporalAddress).toBe(instance.temporal.address)
})

test('PostgreSQL lets each role in with its own password, and no role without one', async () => {
  const { url, migrateUrl, adminUrl, biReaderUrl, webUrl } = instance.postgres
  for (const [address, role] of [
    [url, 'shelfline_app'],
    [migrateUrl, 'shelfline_migrate'],
    [biReaderUrl, 'bi_reader'],
    [webUrl, 'shelfline_web'],
    [adminUrl, 'postgres'],
  ] as const) {
    expect(await query(address!, 'select current_user')).toEqual([role])
  }
  const [owner] = await query(url, 'select datdba::regrole from pg_database where datname = current_database()')
  expect(owner).toBe('shelfline_migrate')
  const withWrongPassword = new URL(url)
  withWrongPassword.password = 'wrong'
  await expect(query(withWrongPassword.href, 'select 1')).rejects.toThrow('password authentication failed')
})

test('Kafka keeps a message, and makes no topic that was not requested', async () => {
  const client = new Kafka({ brokers: instance.kafka.brokers, logLevel: logLevel.NOTHING, retry: { retries: 2 } })
  const admin = client.admin()
  const producer = client.producer({ idempotent: true })
  await admin.connect()
  await producer.connect()
  try {
    await admin.createTopics({ topics: [{ topic: 'probe', numPartitions: 1 }], waitForLeaders: true })
    await producer.send({ topic: 'probe', acks: -1, messages: [{ value: 'x' }] })
    expect(await admin.fetchTopicOffsets('probe')).toMatchObject([{ high: '1' }])
    await expect(producer.send({ topic: 'never-made', messages: [{ value: 'x' }] })).rejects.toThrow()
    expect(await admin.listTopics()).not.toContain('never-made')
  } finally {
    await producer.disconnect()
    await admin.disconnect()
  }
})

test('of two conditional puts MinIO refuses the second', async () => {
  const store = createObjectStore(loadSettings({ SHELFLINE_HOME: folder }))
  expect(await store.put('race', 'first', { ifAbsent: true })).toBe('written')
  expect(await store.put('race', 'second', { ifAbsent: true })).toBe('exists')
  expect(String(await store.get('race'))).toBe('first')
  store.close()
})

test('Temporal knows the search attributes and keeps closed workflows for a month; its Web UI answers', async () => {
  const { address, namespace, uiUrl } = instance.temporal
  const connection = await Connection.connect({ address })
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
    expect(Object.keys(customAttributes!)).toEqual(expect.arrayContaining(Object.keys(searchAttributes)))
    const { config } = await connection.workflowService.describeNamespace({ namespace })
    expect(Number(config!.workflowExecutionRetentionTtl!.seconds)).toBe(30 * 24 * 60 * 60)
  } finally {
    await connection.close()
  }
  expect((await fetch(uiUrl!)).status).toBe(200)
})

test('up again keeps what runs', async () => {
  const before = serverNames.map((name) => home.readServer(name)!.pid)
  const again = await up({ home: folder, ports: 'free' })
  expect(again.kafka).toEqual(instance.kafka)
  expect(serverNames.map((name) => home.readServer(name)!.pid)).toEqual(before)
  expect(await states()).toEqual(allRunning)
})

test.each(serverNames)('a killed %s is named by status, and up brings it back with what it held', async (name) => {
  await query(instance.postgres.migrateUrl!, 'create table if not exists kept (name text)')
  const record = home.readServer(name)!
  process.kill(record.pid, 'SIGKILL')
  expect(await waitForEnd(record, 5_000)).toBe(true)
  const found = (await status({ home: folder })).find((server) => server.name === name)
  expect(found).toMatchObject({ state: 'died', pid: record.pid, log: home.logFile(name) })

  await up({ home: folder, ports: 'free' })
  expect(await states()).toEqual(allRunning)
  expect(await query(instance.postgres.migrateUrl!, "select to_regclass('kept') is not null")).toEqual([true])
})

test('two that start one instance at once start it once', async () => {
  await down({ home: folder })
  const [left, right] = await Promise.all([up({ home: folder, ports: 'free' }), up({ home: folder, ports: 'free' })])
  expect(right.kafka).toEqual(left.kafka)
  expect(await states()).toEqual(allRunning)
})

test('an abort while servers start leaves none behind', async () => {
  await down({ home: folder })
  const stopping = new AbortController()
  const starting = up({
    home: folder,
    ports: 'free',
    signal: stopping.signal,
    onProgress: ({ item, state }) => item === 'MinIO' && state === 'done' && stopping.abort(new Error('enough')),
  })
  await expect(starting).rejects.toThrow('enough')
  expect(await states()).toEqual(Array(4).fill('stopped'))
})

test('a password file that is not the one of the data is named at once, and nothing is left running', async () => {
  const secrets = home.secrets()
  home.writePrivate('secrets.json', { ...secrets, postgresSuperuser: 'another' })
  await expect(up({ home: folder, ports: 'free' })).rejects.toThrow(`has another password than ${folder}/secrets.json`)
  expect(await states()).toEqual(Array(4).fill('stopped'))
  home.writePrivate('secrets.json', secrets)
})

test('down leaves no process, reset leaves nothing', async () => {
  await up({ home: folder, ports: 'free' })
  const records = serverNames.map((name) => home.readServer(name)!)
  expect(await down({ home: folder })).toHaveLength(4)
  expect(records.some(isRunning)).toBe(false)
  expect(existsSync(home.path('instance.json'))).toBe(false)
  await reset({ home: folder })
  expect(existsSync(folder)).toBe(false)
})

test('a server is ready, and found, while another is still downloaded or built', async () => {
  const other = mkdtempSync(join(tmpdir(), 'shelfline-stack-'))
  const cache = join(other, 'cache', 'shelfline')
  mkdirSync(cache, { recursive: true })
  const item = `minio-${MINIO_VERSION}`
  const real = join(cacheFolder(), item)
  const environment = process.env.XDG_CACHE_HOME
  process.env.XDG_CACHE_HOME = join(other, 'cache')
  const isBuilt = Promise.withResolvers<void>()
  const isReady = Promise.withResolvers<void>()
  try {
    // The process that builds it holds this lock.
    const building = withLock(join(cache, '.locks', item), async () => {
      await isBuilt.promise
      symlinkSync(real, join(cache, item))
    })
    const onReady = (name: string) => name === 'postgres' && isReady.resolve()
    const starting = up({ home: other, ports: 'free', only: ['postgres', 'objectStore'], onReady })
    await isReady.promise
    const found = loadSettings({ SHELFLINE_HOME: other })
    expect(await query(found.postgresUrl, 'select 1')).toEqual([1])
    const [postgres, , objectStore] = await status({ home: other })
    expect([postgres!.state, objectStore!.state]).toEqual(['running', 'stopped'])
    isBuilt.resolve()
    await Promise.all([building, starting])
    expect((await status({ home: other }))[2]!.state).toBe('running')
  } finally {
    isBuilt.resolve()
    if (environment === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = environment
    await down({ home: other })
    rmSync(other, { recursive: true, force: true })
  }
})
