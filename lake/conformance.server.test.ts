/** Two other implementations read what this lake writes, and it reads what one of them writes. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayNumber } from '../contracts/calendar.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { withCached } from '../scripts/stack/cache.ts'
import { runCommand } from '../scripts/stack/command.ts'
import { findPython, pythonFix } from '../scripts/stack/wheels.ts'
import type { TableDefinition } from './lake.ts'
import { logName } from './protocol.ts'
import type { Table } from './table.ts'
import { openTestLake, saleLines, sales, type TestLake } from './testing.ts'
import { expiredLogKeys } from './vacuum.ts'

const DELTALAKE = '1.6.6'
const PACKAGES = [`deltalake==${DELTALAKE}`, 'arro3-core==0.9.1', 'Deprecated==1.3.1', 'wrapt==2.5.2']

let room: TestLake
let python: Python

beforeAll(async () => {
  room = await openTestLake()
  python = await startPython()
})
afterAll(async () => {
  await python?.stop()
  await room?.close()
})

interface Python {
  /** @returns the answer of `conformance.py` to one request */
  ask<Answer>(command: string, request: Record<string, unknown>): Promise<Answer>
  stop(): Promise<void>
}

async function startPython(): Promise<Python> {
  const tool = await findPython()
  if (tool === undefined) throw new Error(`python3 with pip is missing: ${pythonFix}`)
  const packages = await withCached('deltalake', DELTALAKE, async (folder) => {
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
    await runCommand(tool.path, [...install, '--target', folder, ...PACKAGES])
  })
  const child = spawn(tool.path, [join(import.meta.dirname, 'conformance.py')], {
    env: { PYTHONPATH: packages, PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return talkTo(child)
}

function talkTo(child: ChildProcess): Python {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const send = (message: unknown) => child.stdin!.write(`${JSON.stringify(message)}\n`)
  const settings = loadSettings()
  send({
    storage: {
      AWS_ENDPOINT_URL: settings.objectStoreEndpoint,
      AWS_ACCESS_KEY_ID: settings.objectStoreAccessKey,
      AWS_SECRET_ACCESS_KEY: settings.objectStoreSecretKey,
      AWS_REGION: settings.objectStoreRegion,
      AWS_ALLOW_HTTP: 'true',
      conditional_put: 'etag',
    },
  })
  return {
    async ask<Answer>(command: string, request: Record<string, unknown>) {
      send({ command, ...request })
      const line = await lines.next()
      if (line.done) throw new Error(`deltalake ended during ${command}`)
      const { answer, error } = JSON.parse(line.value) as { answer: Answer; error?: string }
      if (error !== undefined) throw new Error(`deltalake: ${command}: ${error}`)
      return answer
    },
    async stop() {
      child.stdin!.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

type Row = (string | null)[]
const SUMMARY = `count(*)::varchar as n, sum(line)::varchar as lines, sum(amount)::varchar as amounts,
  max(sold_at)::timestamp::varchar as latest, count(distinct date)::varchar as dates`

const rowsOf = async (sql: string): Promise<Row[]> => (await room.connection.runAndReadAll(sql)).getRowsJson() as Row[]

/** Instants are text in several notations. */
const plainInstant = (text: string) => text.replace('T', ' ').replace(/(:\d\d\.\d*?)0+$/, '$1')
const plain = (rows: readonly Row[]) => rows.map((row) => row.map((value) => value && plainInstant(value)))

/** What this lake, DuckDB's Delta kernel and deltalake make of a statement at one version. */
async function threeReadings(table: Table, select: string, version: number) {
  const ours = await rowsOf(`select ${select} from ${await table.scan({ version })}`)
  const kernel = await rowsOf(`select ${select} from delta_scan('${table.uri}', version = ${version})`)
  const deltalake = await python.ask<Row[]>('query', { uri: table.uri, version, sql: `select ${select} from t` })
  return { ours: plain(ours), kernel: plain(kernel), deltalake: plain(deltalake) }
}

async function expectAgreement(table: Table, select: string, versions: Iterable<number>): Promise<void> {
  for (const version of versions) {
    const { ours, kernel, deltalake } = await threeReadings(table, select, version)
    expect(kernel, `the kernel's reading of version ${version}`).toEqual(ours)
    expect(deltalake, `deltalake's reading of version ${version}`).toEqual(ours)
  }
}

const versionsTo = (last: number, first = 0) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Every kind of commit that this lake makes, over more than two checkpoints. */
async function fill(table: Table): Promise<number> {
  const day = (number: number) => `2024-01-0${number}`
  const append = async (select: string, version: number) =>
    table.append({
      files: await table.writeDataFiles(room.connection, select),
      transactions: [{ applicationId: 'sink-0', version }],
    })
  for (let commit = 0; commit < 12; commit += 1) {
    await append(
      `${saleLines(day(1 + (commit % 3)), 50, commit * 50)} union all ${saleLines(day(4), 5, commit)}`,
      commit,
    )
  }
  const replace = async (date: string, count: number) =>
    table.replacePartitions({
      partitions: [{ date }],
      files: await table.writePartition(room.connection, {
        partition: { date },
        select: saleLines(date, count),
        orderBy: ['line'],
      }),
    })
  await replace(day(1), 7)
  await replace(day(2), 0)
  await table.compact()
  await table.addColumn({ name: 'payment', type: 'string' })
  await append(`select *, 'card' as payment from (${saleLines(day(5), 20)})`, 12)
  for (let count = 1; count < 6; count += 1) await replace(day(2), count)
  return (await table.snapshot()).version
}

describe('what this lake writes', () => {
  test('every version reads the same, with the log whole and with the commits before a checkpoint gone', async () => {
    const table = await room.lake.ensureTable('whole', sales)
    const last = await fill(table)
    expect(last).toBe(22)
    await expectAgreement(table, SUMMARY, versionsTo(last))
    for (let version = 0; version < 20; version += 1) {
      await room.objectStore.delete([`${room.prefix}/whole/${logName(version)}.json`])
    }
    const reader = await room.stranger().table('whole')
    await expectAgreement(reader, `${SUMMARY}, count(payment)::varchar as paid`, versionsTo(last, 20))
  })

  test('a hint that a slow writer turned back is no obstacle, before a vacuum and after it', async () => {
    const table = await room.lake.ensureTable('turned_back', sales)
    const last = await fill(table)
    const location = { ...room, folder: `${room.prefix}/turned_back` }
    const hint = `${location.folder}/_delta_log/_last_checkpoint`
    await room.objectStore.put(hint, '{"version": 10, "size": 40}')
    await expectAgreement(await room.stranger().table('turned_back'), SUMMARY, [last])
    // What the hint names is kept, so that those who trust it read on.
    await room.objectStore.delete(await expiredLogKeys(location, new Date(Date.now() + 3_600_000)))
    await expectAgreement(await room.stranger().table('turned_back'), SUMMARY, versionsTo(last, 10))
    const part = `${location.folder}/${logName(22)}.checkpoint.0000000001.0000000002.parquet`
    await room.objectStore.put(part, 'PAR1')
    await expectAgreement(await room.stranger().table('turned_back'), SUMMARY, [last])
  })

  test('runs are numbered in commits that others read', async () => {
    const table = await room.lake.ensureTable('runs', sales)
    const partition = { date: '2024-01-01' }
    const files = (count: number) =>
      table.writePartition(room.connection, { partition, select: saleLines('2024-01-01', count), orderBy: ['line'] })
    for (let run = 1; run < 12; run += 1) {
      await table.replacePartitions({ partitions: [partition], files: await files(Math.ceil(run / 2)), run })
    }
    await table.closeRun(partition, { run: 12, files: [] })
    await expectAgreement(table, SUMMARY, versionsTo(12))
  })

  test('the version at a time is the same', async () => {
    const table = await room.lake.ensureTable('timed', sales)
    const append = async () =>
      table.append({ files: await table.writeDataFiles(room.connection, saleLines('2024-01-01', 1)) })
    await append()
    const instant = new Date(Date.now() + 1)
    await expect.poll(() => Date.now()).toBeGreaterThan(instant.getTime())
    await append()
    expect((await table.snapshot({ asOf: instant })).version).toBe(1)
    expect(await python.ask('version_at', { uri: table.uri, instant: instant.toISOString() })).toBe(1)
  })

  test('every type keeps its values, and statistics lose no row', async () => {
    const table = await room.lake.ensureTable('typed', everyType)
    for (const from of [0, 100]) {
      await table.append({ files: await table.writeDataFiles(room.connection, rowsOfEveryType(from)) })
    }
    const conditions = [
      'true',
      'whole > 9007199254740993 + 100',
      "text > 'ü' || '150'",
      'fine = 1.000150',
      "moment >= timestamp '2024-01-01 00:00:00.100150'",
      "date = date '2024-01-02'",
      'truth and small < 20',
      'rough > 149.5',
    ]
    for (const condition of conditions) {
      const select = `count(*)::varchar as n, sum(whole)::varchar, sum(fine)::varchar, sum(coarse)::varchar,
        min(text), max(moment)::timestamp::varchar, count(bytes)::varchar, sum(rough)::decimal(18,3)::varchar`
      const where = (relation: string) => `select ${select} from ${relation} where ${condition}`
      const ours = plain(await rowsOf(where(await table.scan())))
      expect(plain(await rowsOf(where(`delta_scan('${table.uri}')`))), condition).toEqual(ours)
      expect(plain(await python.ask<Row[]>('query', { uri: table.uri, sql: where('t') })), condition).toEqual(ours)
    }
  })

  test('a table without partitions', async () => {
    const table = await room.lake.ensureTable('flat', { ...sales, partitionColumns: [] })
    const files = await table.writeDataFiles(room.connection, saleLines('2024-01-01', 20))
    await table.append({ files })
    await table.append({ files: await table.writeDataFiles(room.connection, saleLines('2024-01-02', 20)) })
    await table.compact()
    await expectAgreement(table, SUMMARY, versionsTo(3))
  })

  test('partition values that a name must not hold as they are', async () => {
    const table = await room.lake.ensureTable('named', {
      schema: [
        { name: 'line', type: 'long' },
        { name: 'shop', type: 'string', nullable: false },
      ],
      partitionColumns: ['shop'],
    })
    const shops = ['plain', 'with space', 'a/b', '50%', "it's", 'ümlaut', 'x=y']
    const select = shops.map((shop, line) => `select ${line}::bigint as line, '${shop.replace("'", "''")}' as shop`)
    await table.append({ files: await table.writeDataFiles(room.connection, select.join(' union all ')) })
    await table.replacePartitions({
      partitions: [{ shop: 'a/b' }],
      files: await table.writePartition(room.connection, {
        partition: { shop: 'a/b' },
        select: 'select 20::bigint as line',
        orderBy: ['line'],
      }),
    })
    await expectAgreement(table, "string_agg(shop || line::varchar, ',' order by line) as all_shops", [1, 2])
    const scan = await table.scan({ where: { shop: 'a/b' } })
    expect(await room.query(`select line, shop from ${scan}`)).toEqual([{ line: '20', shop: 'a/b' }])
  })
})

const everyType: TableDefinition = {
  schema: [
    { name: 'whole', type: 'long' },
    { name: 'middle', type: 'integer' },
    { name: 'small', type: 'short' },
    { name: 'tiny', type: 'byte' },
    { name: 'coarse', type: 'decimal(9,2)' },
    { name: 'fine', type: 'decimal(18,6)' },
    { name: 'wide', type: 'decimal(38,10)' },
    { name: 'rough', type: 'double' },
    { name: 'rougher', type: 'float' },
    { name: 'truth', type: 'boolean' },
    { name: 'text', type: 'string' },
    { name: 'bytes', type: 'binary' },
    { name: 'moment', type: 'timestamp' },
    { name: 'labels', type: { type: 'array', elementType: 'string', containsNull: true } },
    { name: 'date', type: 'date', nullable: false },
  ],
  partitionColumns: ['date'],
}

const rowsOfEveryType = (from: number): string => `
  select 9007199254740993 + i as whole, i::integer as middle, (i % 50)::smallint as small, (i % 9)::tinyint as tiny,
    (i / 4)::decimal(9,2) as coarse, (1 + i / 1000000)::decimal(18,6) as fine, (i * 1e15)::decimal(38,10) as wide,
    case when i % 10 <> 3 then i::double end as rough, case when i = 7 then 'nan'::float else i::float end as rougher,
    i % 2 = 0 as truth, 'ü' || i || repeat('x', i::integer) as text, ('b' || i)::blob as bytes,
    timestamptz '2024-01-01 00:00:00.1+00' + to_microseconds(i) as moment,
    case when i % 3 = 0 then ['a', null] else [] end as labels, date '2024-01-01' + (i // 100)::integer as date
  from range(${from}, ${from + 100}) as numbers(i)`

describe('what deltalake writes', () => {
  const select = 'count(*)::varchar as n, sum(line)::varchar as lines, count(distinct date)::varchar as dates'

  test('appends, an overwritten partition, a compaction and a checkpoint read the same here', async () => {
    const uri = `s3://${room.objectStore.bucket}/${room.prefix}/foreign`
    const write = (date: string, from: number, mode = 'append', predicate?: string) =>
      python.ask('write', { uri, mode, day: dayNumber(date), from, count: 40, ...(predicate && { predicate }) })
    await write('2024-01-01', 0)
    await write('2024-01-02', 40)
    await write('2024-01-02', 80)
    await write('2024-01-02', 1_000, 'overwrite', "date = '2024-01-02'")
    await write('2024-01-01', 120)
    await python.ask('compact', { uri })
    const { version } = await python.ask<{ version: number }>('checkpoint', { uri })
    await write('2024-01-03', 160)

    const table = await room.lake.table('foreign')
    expect((await table.snapshot()).version).toBe(version + 1)
    await expectAgreement(table, select, versionsTo(version + 1))
    for (let gone = 0; gone < version; gone += 1) {
      await room.objectStore.delete([`${room.prefix}/foreign/${logName(gone)}.json`])
    }
    const reader = await room.stranger().table('foreign')
    await expectAgreement(reader, select, [version, version + 1])
    expect([...(await reader.changedPartitions(version, 'date')).keys()]).toEqual(['2024-01-03'])
  })

  test('both write one table in turn', async () => {
    const table = await room.lake.ensureTable('shared', {
      schema: sales.schema.filter(({ name }) => ['line', 'store_id', 'date'].includes(name)),
      partitionColumns: ['date'],
    })
    const lines = (from: number) => `select line, store_id, date from (${saleLines('2024-01-01', 40, from)})`
    for (let turn = 0; turn < 7; turn += 1) {
      await table.append({ files: await table.writeDataFiles(room.connection, lines(turn * 80)) })
      await python.ask('write', {
        uri: table.uri,
        mode: 'append',
        day: dayNumber('2024-01-01'),
        from: turn * 80 + 40,
        count: 40,
      })
    }
    expect((await table.snapshot()).version).toBe(14)
    await table.compact()
    await expectAgreement(table, select, versionsTo(15))
    expect((await rowsOf(`select count(*)::integer from ${await table.scan()}`))[0]).toEqual([560])
  })
})
