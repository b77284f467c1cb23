import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectStore } from '../platform/object-store/object-store.ts'
import { writeCheckpoint } from './checkpoint.ts'
import {
  CommitConflictError,
  LakeError,
  RetentionError,
  SchemaError,
  SupersededError,
  UnknownTableError,
  UnsupportedTableError,
} from './errors.ts'
import type { Lake } from './lake.ts'
import { type AddFile, logName, pathToName } from './protocol.ts'
import type { ScanOptions, Table } from './table.ts'
import { openTestLake, saleLines, sales, type TestLake } from './testing.ts'
import { expiredLogKeys } from './vacuum.ts'

const HOUR_MS = 3_600_000

let room: TestLake

beforeAll(async () => {
  room = await openTestLake()
})
afterAll(() => room?.close())

const newTable = () => room.lake.ensureTable(`sales_${randomBytes(6).toString('hex')}`, sales)
const elsewhere = (table: Table) => room.stranger().table(table.name)

async function append(table: Table, date: string, count: number, from = 0): Promise<number> {
  const files = await table.writeDataFiles(room.connection, saleLines(date, count, from))
  return (await table.append({ files })).version
}

const writeDay = (table: Table, date: string, count: number) =>
  table.writePartition(room.connection, { partition: { date }, select: saleLines(date, count), orderBy: ['line'] })

const replace = async (table: Table, date: string, count: number) =>
  table.replacePartitions({ partitions: [{ date }], files: await writeDay(table, date, count) })

async function totals(table: Table, options: ScanOptions = {}) {
  const [row] = await room.query(
    `select count(*)::integer as rows, coalesce(sum(line), 0)::integer as sum from ${await table.scan(options)}`,
  )
  return row
}

async function keysOf(table: Table): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of room.objectStore.list(`${room.prefix}/${table.name}/`)) keys.push(key)
  return keys
}

/** A lake over the same objects, and how many it has asked for. */
function counted(): [lake: Lake, requests: () => number] {
  let requests = 0
  const get: ObjectStore['get'] = (key) => {
    requests += 1
    return room.objectStore.get(key)
  }
  const list: ObjectStore['list'] = (...given) => {
    requests += 1
    return room.objectStore.list(...given)
  }
  return [room.stranger({ ...room.objectStore, get, list }), () => requests]
}

const hintOf = (table: Table) => `${room.prefix}/${table.name}/_delta_log/_last_checkpoint`

/** A lake over the same objects whose hint is put only when `until` is settled: its writer was stopped just before. */
function slowToHint(until: Promise<unknown>): ObjectStore {
  return {
    ...room.objectStore,
    async put(key, body, options) {
      if (key.endsWith('/_last_checkpoint')) await until
      return room.objectStore.put(key, body, options)
    },
  }
}

/** A lake over the same objects where something happens once, just before the next version is put. */
async function interrupted(table: Table, happens: () => Promise<unknown>): Promise<Table> {
  let pending: typeof happens | undefined = happens
  const objectStore: ObjectStore = {
    ...room.objectStore,
    async put(key, body, options) {
      const now = options?.ifAbsent ? pending : undefined
      if (now) pending = undefined
      await now?.()
      return room.objectStore.put(key, body, options)
    },
  }
  return room.stranger(objectStore).table(table.name)
}

describe('change rows', () => {
  const DAYS = 101
  const change = { condition: `store_id <> 'gone'`, values: { store_id: `'gone'` } }
  const dayNumber = (day: number) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10)

  async function tableOfDays(): Promise<Table> {
    const table = await newTable()
    const days = Array.from({ length: DAYS }, (_, day) => saleLines(dayNumber(day), 2))
    await table.append({ files: await table.writeDataFiles(room.connection, days.join(' union all ')) })
    return table
  }
  const left = async (table: Table) =>
    (await room.query(`select count(*)::integer as rows from ${await table.scan()} where ${change.condition}`))[0]
  const commitsOf = async (table: Table) =>
    (await table.history(10)).filter(({ operation }) => operation === 'CHANGE ROWS').map((one) => one.filesRemoved)

  test('not more than a hundred files are committed at once', async () => {
    const table = await tableOfDays()
    expect(await table.changeRows(room.connection, change)).toBe(2 * DAYS)
    expect(await left(table)).toEqual({ rows: 0 })
    expect(await totals(table)).toEqual({ rows: 2 * DAYS, sum: DAYS })
    expect(await commitsOf(table)).toEqual([1, 100])
  })

  test('who was stopped between two commits continues with the rest', async () => {
    const table = await tableOfDays()
    let commits = 0
    const objectStore: ObjectStore = {
      ...room.objectStore,
      put(key, body, options) {
        commits += options?.ifAbsent ? 1 : 0
        if (commits === 2) throw new Error('stopped')
        return room.objectStore.put(key, body, options)
      },
    }
    const stopped = await room.stranger(objectStore).table(table.name)
    await expect(stopped.changeRows(room.connection, change)).rejects.toThrow('stopped')
    expect(await left(table)).toEqual({ rows: 2 })
    expect(await table.changeRows(room.connection, change)).toBe(2)
    expect(await commitsOf(table)).toEqual([1, 100])
  })
})

describe('append and scan', () => {
  test('rows of many dates land in their partitions, with statistics', async () => {
    const table = await newTable()
    const dates = ['2024-01-01', '2024-01-02', '2024-01-03']
    const select = dates.map((date, index) => saleLines(date, 100, index * 100)).join(' union all ')
    const files = await table.writeDataFiles(room.connection, select)
    expect(files.map((file) => file.partitionValues).sort()).toEqual(dates.map((date) => ({ date })))
    await table.append({ files })
    expect(await totals(table)).toEqual({ rows: 300, sum: 44_850 })
    expect(await totals(table, { where: { date: '2024-01-02' } })).toEqual({ rows: 100, sum: 14_950 })
    expect(await totals(table, { where: { date: { from: '2024-01-02' } } })).toEqual({ rows: 200, sum: 39_900 })
    const second = files.find((file) => file.partitionValues.date === '2024-01-02')
    expect(JSON.parse(second!.stats!)).toEqual({
      numRecords: 100,
      minValues: { line: 100, store_id: 'store0', amount: 0.25, sold_at: '2024-01-02T10:00:00.100Z' },
      maxValues: { line: 199, store_id: 'store6', amount: 99.25, sold_at: '2024-01-02T10:00:00.199Z' },
      nullCount: { line: 0, store_id: 0, amount: 0, sold_at: 0 },
    })
  })

  test('a scan has the declared columns and types, also when nothing is there', async () => {
    const table = await newTable()
    const types = async () =>
      (await room.query(`describe select * from ${await table.scan()}`)).map((row) => row.column_type)
    const declared = ['BIGINT', 'VARCHAR', 'DECIMAL(18,2)', 'TIMESTAMP WITH TIME ZONE', 'DATE']
    expect(await types()).toEqual(declared)
    await append(table, '2024-01-01', 3)
    expect(await types()).toEqual(declared)
  })

  test('files whose partition or statistics rule the rows out are not named in the scan', async () => {
    const table = await newTable()
    for (const from of [0, 100, 200]) await append(table, '2024-01-01', 100, from)
    await append(table, '2024-01-02', 100, 100)
    const filesIn = async (options: ScanOptions) => (await table.scan(options)).split('.parquet').length - 1
    expect(await filesIn({})).toBe(4)
    expect(await filesIn({ where: { date: '2024-01-01' } })).toBe(3)
    expect(await filesIn({ where: { date: '2024-01-01', line: 150 } })).toBe(1)
    expect(await filesIn({ where: { line: { from: 199, to: 200 } } })).toBe(3)
    expect(await totals(table, { where: { line: { from: 199, to: 200 } } })).toEqual({ rows: 3, sum: 598 })
    expect(await filesIn({ where: { sold_at: { from: '2024-01-02T00:00:00Z' } } })).toBe(1)
    await expect(table.scan({ where: { day: 1 } })).rejects.toThrow(/has no column day; it has line, store_id/)
  })

  test('the same transactions count once, also for a writer that knows nothing of the first time', async () => {
    const table = await newTable()
    const files = await table.writeDataFiles(room.connection, saleLines('2024-01-01', 5))
    const transactions = [0, 1].map((partition) => ({ applicationId: `sink-${partition}`, version: 41 }))
    expect(await table.append({ files, transactions })).toEqual({ version: 1, outcome: 'committed' })
    const other = await elsewhere(table)
    const again = await other.writeDataFiles(room.connection, saleLines('2024-01-01', 5))
    expect(await other.append({ files: again, transactions })).toEqual({ version: 1, outcome: 'unchanged' })
    expect(await other.transactionVersion('sink-1')).toBe(41)
    expect(await other.transactionVersion('sink-9')).toBeUndefined()
    const half = [transactions[0]!, { applicationId: 'sink-1', version: 42 }]
    await expect(other.append({ files: again, transactions: half })).rejects.toThrow(CommitConflictError)
    expect(await totals(other)).toEqual({ rows: 5, sum: 10 })
  })

  test('a source that is not where the append continues from is a conflict', async () => {
    const table = await newTable()
    const advance = (version: number, after: number | null) =>
      table.append({ files: [], transactions: [{ applicationId: 'sink', version, after }] })
    expect(await advance(10, null)).toMatchObject({ outcome: 'committed' })
    expect(await advance(20, 10)).toMatchObject({ outcome: 'committed' })
    await expect(advance(30, 10)).rejects.toThrow(/sink is at 20, this append continues from 10/)
    await expect(advance(30, null)).rejects.toThrow(CommitConflictError)
  })

  test('the same files appended again change nothing', async () => {
    const table = await newTable()
    const files = await table.writeDataFiles(room.connection, saleLines('2024-01-01', 5))
    await table.append({ files })
    expect(await table.append({ files })).toEqual({ version: 1, outcome: 'unchanged' })
  })

  test('a put whose answer was lost and that was sent again is one commit', async () => {
    const table = await newTable()
    const objectStore: ObjectStore = {
      ...room.objectStore,
      async put(key, body, options) {
        await room.objectStore.put(key, body, options)
        return room.objectStore.put(key, body, options)
      },
    }
    const forgetful = await room.stranger(objectStore).table(table.name)
    expect(await append(forgetful, '2024-01-01', 5)).toBe(1)
    expect((await table.snapshot()).version).toBe(1)
  })

  test('reading the newest version again costs one request', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 5)
    const [lake, requests] = counted()
    const read = await lake.table(table.name)
    const before = requests()
    await read.scan()
    expect(requests()).toBe(before + 1)
  })

  test('a version that was given out is read again without a request, whatever others have written since', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 5)
    const [lake, requests] = counted()
    const read = await lake.table(table.name)
    const { version } = await read.snapshot()
    await append(table, '2024-01-01', 7, 5)
    expect(await totals(read)).toMatchObject({ rows: 12 })
    const before = requests()
    expect(await totals(read, { version })).toMatchObject({ rows: 5 })
    expect(requests()).toBe(before)
  })
})

describe('what a statement gives must fit the table', () => {
  const row = (fields: string) => `select ${fields}, date '2024-01-01' as date`
  test.each([
    [row('1::bigint as line, 1.5::double as amount'), /column amount is DOUBLE, the table declares decimal\(18,2\)/],
    [row("'x' as store_id"), /column line is missing and must not be null/],
    [row("1 as line, 'x' as shop"), /has no column shop; it has line, store_id, amount, sold_at, date/],
    [row('null::bigint as line'), /column line must not be null and is in 1 rows/],
    ['select 1 as line, null::date as date', /column date must not be null/],
    [row("1 as line, timestamp '2024-01-01' as sold_at"), /column sold_at is TIMESTAMP, the table declares timestamp/],
  ])('%s', async (select, message) => {
    const table = await newTable()
    await expect(table.writeDataFiles(room.connection, select)).rejects.toThrow(message)
    expect((await keysOf(table)).filter((key) => key.endsWith('.parquet'))).toEqual([])
  })

  test('a narrower number and a missing nullable column are taken', async () => {
    const table = await newTable()
    const files = await table.writeDataFiles(room.connection, row('7::integer as line, 1.5::decimal(4,1) as amount'))
    await table.append({ files })
    expect(await room.query(`select * from ${await table.scan()}`)).toEqual([
      { line: '7', store_id: null, amount: '1.50', sold_at: null, date: '2024-01-01' },
    ])
  })

  test('a row of another partition is refused', async () => {
    const table = await newTable()
    const content = { partition: { date: '2024-01-02' }, select: saleLines('2024-01-01', 3), orderBy: ['line'] }
    await expect(table.writePartition(room.connection, content)).rejects.toThrow(
      /a row of date 2024-01-01 in partition 2024-01-02/,
    )
    await expect(table.writePartition(room.connection, { ...content, partition: { day: 'x' } })).rejects.toThrow(
      SchemaError,
    )
  })
})

describe('replacing partitions', () => {
  test('the new rows replace the old, other partitions stay', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    await append(table, '2024-01-01', 10, 10)
    await append(table, '2024-01-02', 10)
    await replace(table, '2024-01-01', 3)
    expect(await totals(table, { where: { date: '2024-01-01' } })).toEqual({ rows: 3, sum: 3 })
    expect(await totals(table)).toEqual({ rows: 13, sum: 48 })
  })

  test('no rows make the partition empty, and an empty one can be emptied', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    expect(await replace(table, '2024-01-01', 0)).toEqual({ version: 2, outcome: 'committed' })
    expect(await totals(table)).toEqual({ rows: 0, sum: 0 })
    expect(await replace(table, '2024-01-01', 0)).toEqual({ version: 2, outcome: 'unchanged' })
    expect(await table.changedPartitions(1, 'date')).toEqual(new Map([['2024-01-01', 2]]))
  })

  test('the same rows are the same bytes, whatever the threads, and make no version', async () => {
    const table = await newTable()
    await replace(table, '2024-01-01', 300_000)
    const contents: Buffer[] = []
    for (const threads of [1, 4]) {
      await room.connection.run(`set threads = ${threads}`)
      const [file] = await writeDay(table, '2024-01-01', 300_000)
      contents.push((await room.objectStore.get(`${room.prefix}/${table.name}/${pathToName(file!.path)}`))!)
      const outcome = await table.replacePartitions({ partitions: [{ date: '2024-01-01' }], files: [file!] })
      expect(outcome).toEqual({ version: 1, outcome: 'unchanged' })
    }
    await room.connection.run('set threads = 2')
    expect(contents[0]!.equals(contents[1]!)).toBe(true)
  })

  test('files of a partition that is not replaced are refused', async () => {
    const table = await newTable()
    const files = await writeDay(table, '2024-01-02', 3)
    await expect(table.replacePartitions({ partitions: [{ date: '2024-01-01' }], files })).rejects.toThrow(
      /belongs to \{"date":"2024-01-02"\}, which is not being replaced/,
    )
  })

  test('of two that replace one partition at once, one is there as a whole', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    const other = await elsewhere(table)
    await Promise.all([replace(table, '2024-01-01', 4), replace(other, '2024-01-01', 5)])
    expect((await table.snapshot()).version).toBe(3)
    expect([4, 5]).toContain((await totals(table))?.rows)
  })

  test('an append that comes in between is replaced with the rest', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    const replacing = await interrupted(table, () => append(table, '2024-01-01', 1, 10))
    expect(await replace(replacing, '2024-01-01', 3)).toEqual({ version: 3, outcome: 'committed' })
    expect(await totals(table)).toEqual({ rows: 3, sum: 3 })
  })

  test('content that was made from this table conflicts with what was committed in between', async () => {
    const table = await newTable()
    const readVersion = await append(table, '2024-01-01', 10)
    const partitions = [{ date: '2024-01-01' }]
    const files = await writeDay(table, '2024-01-01', 4)
    await append(table, '2024-01-02', 1)
    const replacing = await interrupted(table, () => append(table, '2024-01-01', 1, 10))
    await expect(replacing.replacePartitions({ partitions, files, readVersion })).rejects.toThrow(
      /was read at version 1 and changed at 3; read it again/,
    )
    expect(await totals(table)).toEqual({ rows: 12, sum: 55 })
  })
})

describe('runs', () => {
  const partitions = [{ date: '2024-01-01' }]
  const runIn = async (table: Table, run: number, count: number) =>
    table.replacePartitions({ partitions, files: await writeDay(table, '2024-01-01', count), run })

  const close = (table: Table, run: number, files: readonly AddFile[] = []) =>
    table.closeRun(partitions[0]!, { run, files })

  test('another run of the same number is refused: a ledger that was restored gives numbers out again', async () => {
    const table = await newTable()
    await runIn(table, 7, 3)
    await expect(runIn(table, 7, 4)).rejects.toThrow(/its number was used twice/)
    await expect(runIn(table, 7, 0)).rejects.toThrow(SupersededError)
    expect(await close(table, 7, await writeDay(table, '2024-01-01', 4))).toBe('closed')
    expect(await totals(table)).toEqual({ rows: 3, sum: 3 })
  })

  test('a run after a higher one is refused and changes nothing, also beside a writer that did not know of it', async () => {
    const table = await newTable()
    await runIn(table, 7, 3)
    const late = await interrupted(table, async () => runIn(await elsewhere(table), 9, 4))
    await expect(runIn(late, 8, 5)).rejects.toThrow(SupersededError)
    await expect(runIn(table, 8, 5)).rejects.toThrow(/run 8 is too late .* run 9 is newer/)
    expect(await totals(table)).toEqual({ rows: 4, sum: 6 })
  })

  test('a run that finds the same rows is still the last one', async () => {
    const table = await newTable()
    await runIn(table, 7, 3)
    expect(await runIn(table, 9, 3)).toEqual({ version: 2, outcome: 'committed' })
    expect(await table.changedPartitions(1, 'date')).toEqual(new Map())
    await expect(runIn(table, 8, 5)).rejects.toThrow(SupersededError)
    expect(await totals(table)).toEqual({ rows: 3, sum: 3 })
  })

  test('the same run again changes nothing, whatever became of its files', async () => {
    const table = await newTable()
    const files = await writeDay(table, '2024-01-01', 3)
    await table.replacePartitions({ partitions, files, run: 7 })
    await replace(table, '2024-01-01', 4)
    await room.objectStore.delete(files.map(({ path }) => `${room.prefix}/${table.name}/${pathToName(path)}`))
    const again = await (await elsewhere(table)).replacePartitions({ partitions, files, run: 7 })
    expect(again).toEqual({ version: 2, outcome: 'unchanged' })
    expect(await totals(table)).toEqual({ rows: 4, sum: 6 })
  })

  test('runs of other partitions do not matter, and a checkpoint keeps them', async () => {
    const table = await newTable()
    await runIn(table, 100, 3)
    for (let run = 1; run < 12; run += 1) {
      const other = [{ date: '2024-01-02' }]
      await table.replacePartitions({ partitions: other, files: await writeDay(table, '2024-01-02', run), run })
    }
    for (let version = 0; version < 10; version += 1) {
      await room.objectStore.delete([`${room.prefix}/${table.name}/${logName(version)}.json`])
    }
    await expect(runIn(await elsewhere(table), 99, 5)).rejects.toThrow(SupersededError)
  })

  test('a closed run replaces nothing, also when its commit was on its way', async () => {
    const table = await newTable()
    await runIn(table, 7, 3)
    const late = await interrupted(table, async () => {
      expect(await close(await elsewhere(table), 8)).toBe('closed')
    })
    await expect(runIn(late, 8, 5)).rejects.toThrow(SupersededError)
    expect(await totals(table)).toEqual({ rows: 3, sum: 3 })
    expect(await close(table, 8)).toBe('closed')
    await expect(runIn(table, 8, 5)).rejects.toThrow(/it was closed, or/)
    expect(await runIn(table, 9, 4)).toMatchObject({ outcome: 'committed' })
    expect(await close(table, 8)).toBe('closed')
    const current = [...(await table.snapshot()).files.values()]
    expect(await close(table, 9, current)).toBe('replaced')
    expect(await totals(table)).toEqual({ rows: 4, sum: 6 })
  })

  test.each(['gone', 'cut off'])('a file that is %s is not committed', async (fate) => {
    const table = await newTable()
    await runIn(table, 7, 3)
    const files = await writeDay(table, '2024-01-01', 5)
    const key = `${room.prefix}/${table.name}/${pathToName(files[0]!.path)}`
    if (fate === 'gone') await room.objectStore.delete([key])
    else await room.objectStore.put(key, 'PAR1')
    const replacing = table.replacePartitions({ partitions, files, run: 8 })
    await expect(replacing).rejects.toThrow(LakeError)
    await expect(replacing).rejects.toThrow(/part-.*parquet \(\d+ bytes\) is missing or incomplete in the object store/)
    expect(await totals(await elsewhere(table))).toEqual({ rows: 3, sum: 3 })
  })
})

describe('versions', () => {
  test('a table is read at a version and at a time', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    const before = new Date()
    await expect.poll(() => Date.now()).toBeGreaterThan(before.getTime())
    await replace(table, '2024-01-01', 3)
    for (const reader of [table, await elsewhere(table)]) {
      expect(await totals(reader, { version: 0 })).toEqual({ rows: 0, sum: 0 })
      expect(await totals(reader, { version: 1 })).toEqual({ rows: 10, sum: 45 })
      expect(await totals(reader, { asOf: before })).toEqual({ rows: 10, sum: 45 })
      expect(await totals(reader, { asOf: new Date() })).toEqual({ rows: 3, sum: 3 })
    }
    await expect(table.scan({ version: 3 })).rejects.toThrow(/has no version 3: its newest is 2/)
    await expect(table.scan({ asOf: new Date(0) })).rejects.toThrow(/has no version from 1970-01-01/)
  })

  test('a reader starts at the checkpoint, also when the commits before it are gone', async () => {
    const table = await newTable()
    for (let commit = 0; commit < 13; commit += 1) {
      const transactions = [{ applicationId: 'sink', version: commit }]
      const files = await table.writeDataFiles(
        room.connection,
        saleLines(`2024-01-0${1 + (commit % 3)}`, 10, commit * 10),
      )
      await table.append({ files, transactions })
    }
    await replace(table, '2024-01-02', 0)
    for (let version = 0; version < 10; version += 1) {
      await room.objectStore.delete([`${room.prefix}/${table.name}/${logName(version)}.json`])
    }
    const expected = await totals(table)
    const hint = `${room.prefix}/${table.name}/_delta_log/_last_checkpoint`
    for (const isHinted of [true, false]) {
      if (!isHinted) await room.objectStore.delete([hint])
      const reader = await elsewhere(table)
      expect(await totals(reader)).toEqual(expected)
      expect(await totals(reader, { version: 10 })).toEqual({ rows: 100, sum: 4_950 })
      expect(await reader.transactionVersion('sink')).toBe(12)
      await expect(reader.scan({ version: 9 })).rejects.toThrow(/version 9 is no longer in the log/)
      expect((await reader.history(100)).map(({ version }) => version)).toEqual([14, 13, 12, 11, 10])
      expect(await reader.changedPartitions(8, 'date')).toEqual(
        new Map([
          ['2024-01-01', 13],
          ['2024-01-02', 14],
          ['2024-01-03', 12],
        ]),
      )
    }
  })

  test('a hint that a slow writer turned back after a vacuum leads to the newest checkpoint all the same', async () => {
    const table = await newTable()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    for (let line = 0; line < 9; line += 1) await append(table, '2024-01-01', 1, line)
    const slow = append(await room.stranger(slowToHint(released)).table(table.name), '2024-01-01', 1, 9)
    await expect.poll(() => keysOf(table)).toContain(`${room.prefix}/${table.name}/${logName(10)}.checkpoint.parquet`)
    for (let line = 10; line < 22; line += 1) await append(table, '2024-01-01', 1, line)
    const location = { ...room, folder: `${room.prefix}/${table.name}` }
    await room.objectStore.delete(await expiredLogKeys(location, new Date(Date.now() + HOUR_MS)))
    release()
    await slow
    expect(JSON.parse((await room.objectStore.get(hintOf(table)))!.toString())).toMatchObject({ version: 10 })
    const reader = await elsewhere(table)
    expect((await reader.snapshot()).version).toBe(22)
    expect(await totals(reader)).toEqual({ rows: 22, sum: 231 })
    // And a writer continues there: it does not begin a second history after version 10.
    expect(await append(await elsewhere(table), '2024-01-01', 1, 22)).toBe(23)
  })

  test('a writer that comes late with an older checkpoint leaves the hint alone', async () => {
    const table = await newTable()
    for (let line = 0; line < 21; line += 1) await append(table, '2024-01-01', 1, line)
    await writeCheckpoint({ ...room, folder: `${room.prefix}/${table.name}` }, await table.snapshot({ version: 10 }))
    expect(JSON.parse((await room.objectStore.get(hintOf(table)))!.toString())).toMatchObject({ version: 20 })
  })

  test.each(['nothing', '{"version": "ten"}', '{"version": 10'])('the hint %j is no hint', async (text) => {
    const table = await newTable()
    for (let line = 0; line < 12; line += 1) await append(table, '2024-01-01', 1, line)
    for (let version = 0; version < 10; version += 1) {
      await room.objectStore.delete([`${room.prefix}/${table.name}/${logName(version)}.json`])
    }
    await room.objectStore.put(hintOf(table), text)
    expect(await totals(await elsewhere(table))).toEqual({ rows: 12, sum: 66 })
  })

  test('a checkpoint of which a part is missing is not started from, whatever the hint is', async () => {
    const table = await newTable()
    for (let line = 0; line < 12; line += 1) await append(table, '2024-01-01', 1, line)
    const log = `${room.prefix}/${table.name}/_delta_log`
    await room.objectStore.put(`${log}/${'11'.padStart(20, '0')}.checkpoint.0000000001.0000000002.parquet`, 'PAR1')
    await room.objectStore.put(hintOf(table), '{"version": 11, "size": 9, "parts": 2}')
    expect(await totals(await elsewhere(table))).toEqual({ rows: 12, sum: 66 })
  })

  test('a log with a hole is refused: to write after the hole would begin a second history', async () => {
    const table = await newTable()
    for (let line = 0; line < 12; line += 1) await append(table, '2024-01-01', 1, line)
    await room.objectStore.delete([`${room.prefix}/${table.name}/${logName(11)}.json`])
    await expect(elsewhere(table)).rejects.toThrow(/no complete checkpoint leads to version 12/)
  })

  test('which partitions changed since a version, compaction aside', async () => {
    const table = await newTable()
    for (const date of ['2024-01-01', '2024-01-02', '2024-01-01', '2024-01-03']) await append(table, date, 10)
    await table.compact()
    const changed = new Map([
      ['2024-01-01', 3],
      ['2024-01-03', 4],
    ])
    expect(await table.changedPartitions(2, 'date')).toEqual(changed)
    expect(await (await elsewhere(table)).changedPartitions(2, 'date')).toEqual(changed)
    expect(await table.changedPartitions(5, 'date')).toEqual(new Map())
    await expect(table.changedPartitions(0, 'store_id')).rejects.toThrow(/is partitioned by date, not store_id/)
  })

  test('the history shows what was done', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    await replace(table, '2024-01-01', 3)
    const history = await table.history(2)
    expect(history.map(({ version, operation, parameters }) => [version, operation, parameters.mode])).toEqual([
      [2, 'WRITE', 'Overwrite'],
      [1, 'WRITE', 'Append'],
    ])
    expect(history[0]).toMatchObject({ filesAdded: 1, filesRemoved: 1, metrics: { numOutputRows: '3' } })
  })
})

describe('adding a column', () => {
  test('older rows read it as null, newer rows have it', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 2)
    const stale = await elsewhere(table)
    const column = { name: 'payment', type: 'string' } as const
    expect(await table.addColumn(column)).toEqual({ version: 2, outcome: 'committed' })
    expect(await table.addColumn(column)).toEqual({ version: 2, outcome: 'unchanged' })
    await table.append({
      files: await table.writeDataFiles(
        room.connection,
        `select *, 'card' as payment from (${saleLines('2024-01-01', 1, 2)})`,
      ),
    })
    await append(stale, '2024-01-01', 1, 3)
    const rows = `select line::integer as line, payment from ${await stale.scan()} order by line`
    expect(await room.query(rows)).toEqual([
      { line: 0, payment: null },
      { line: 1, payment: null },
      { line: 2, payment: 'card' },
      { line: 3, payment: null },
    ])
    expect(
      await room.query(`select payment from ${await table.scan({ version: 3 })} where payment = 'card'`),
    ).toHaveLength(1)
    await table.compact()
    expect(await room.query(rows.replace(await stale.scan({ version: 4 }), await table.scan()))).toHaveLength(4)
  })

  test('it must be nullable and must not be there with another type', async () => {
    const table = await newTable()
    await expect(table.addColumn({ name: 'x', type: 'long', nullable: false })).rejects.toThrow(/x must be nullable/)
    await expect(table.addColumn({ name: 'amount', type: 'double' })).rejects.toThrow(
      /column amount of type decimal\(18,2\)/,
    )
    await expect(table.addColumn({ name: 'Amount', type: 'long' })).rejects.toThrow(SchemaError)
  })

  test('a definition that has grown adds its columns; one that contradicts the table is refused', async () => {
    const table = await newTable()
    const schema = [...sales.schema, { name: 'channel', type: 'string' } as const]
    await room.lake.ensureTable(table.name, { ...sales, schema })
    expect((await table.snapshot()).schema.at(-1)).toMatchObject({ name: 'channel', type: 'string' })
    const contradiction = sales.schema.map((column) =>
      column.name === 'amount' ? { ...column, type: 'long' as const } : column,
    )
    await expect(room.lake.ensureTable(table.name, { ...sales, schema: contradiction })).rejects.toThrow(
      /column amount is decimal\(18,2\), declared is long/,
    )
    await expect(room.lake.ensureTable(table.name, { ...sales, partitionColumns: [] })).rejects.toThrow(
      /is partitioned by date, declared is nothing/,
    )
  })

  test('is not read again for a definition that it was found to have; one that has grown is looked at', async () => {
    const { name } = await newTable()
    const [lake, requests] = counted()
    await lake.ensureTable(name, sales)
    const before = requests()
    const table = await lake.ensureTable(name, sales)
    expect(requests()).toBe(before)
    await table.snapshot()
    expect(requests()).toBe(before + 1)
    await lake.ensureTable(name, { ...sales, schema: [...sales.schema, { name: 'channel', type: 'string' }] })
    expect((await table.snapshot()).schema.at(-1)).toMatchObject({ name: 'channel' })
  })

  test('two that make the same table at once get the same table', async () => {
    const name = `sales_${randomBytes(6).toString('hex')}`
    const tables = await Promise.all([0, 1, 2, 3].map(() => room.stranger().ensureTable(name, sales)))
    const ids = await Promise.all(tables.map(async (table) => (await table.snapshot()).metadata.id))
    expect(new Set(ids).size).toBe(1)
  })
})

describe('compaction', () => {
  test('many files become one with the same rows; appends continue meanwhile', async () => {
    const table = await newTable()
    for (let commit = 0; commit < 6; commit += 1) await append(table, '2024-01-01', 10, commit * 10)
    const compacting = await interrupted(table, () => append(table, '2024-01-01', 10, 60))
    const result = await compacting.compact()
    expect(result).toMatchObject({ version: 8, filesRemoved: 6, filesAdded: 1, lostPartitions: [] })
    expect(await totals(table)).toEqual({ rows: 70, sum: 2_415 })
    expect((await table.snapshot()).files.size).toBe(2)
    expect(await totals(table, { version: 6 })).toEqual({ rows: 60, sum: 1_770 })
    expect((await table.compact()).version).toBe(9)
    expect((await table.compact()).version).toBeUndefined()
  })

  test('a partition that was replaced meanwhile is left alone, the others are compacted', async () => {
    const table = await newTable()
    for (const date of ['2024-01-01', '2024-01-01', '2024-01-02', '2024-01-02']) await append(table, date, 10)
    const compacting = await interrupted(table, () => replace(table, '2024-01-01', 3))
    const result = await compacting.compact()
    expect(result).toMatchObject({ version: 6, filesRemoved: 2, lostPartitions: [{ date: '2024-01-01' }] })
    expect(await totals(table, { where: { date: '2024-01-01' } })).toEqual({ rows: 3, sum: 3 })
    expect(await totals(table)).toEqual({ rows: 23, sum: 93 })
  })

  test('only the asked partition, and no more files than asked', async () => {
    const table = await newTable()
    for (const date of ['2024-01-01', '2024-01-02']) {
      for (let commit = 0; commit < 5; commit += 1) await append(table, date, 10)
    }
    const result = await table.compact({ partition: { date: '2024-01-02' }, maxFilesPerRun: 3 })
    expect(result).toMatchObject({ filesRemoved: 3, filesAdded: 1 })
    expect((await table.snapshot()).files.size).toBe(8)
  })
})

describe('vacuum', () => {
  test('what a version within the retention needs stays, what none needs goes', async () => {
    const table = await newTable()
    await append(table, '2024-01-01', 10)
    await replace(table, '2024-01-01', 20)
    await writeDay(table, '2024-01-01', 5)
    const horizon = Date.now()
    await expect.poll(() => Date.now()).toBeGreaterThan(horizon)
    await replace(table, '2024-01-01', 30)
    const vacuum = (dryRun: boolean) =>
      table.vacuum({ retentionHours: (Date.now() - horizon) / HOUR_MS, force: true, dryRun })

    expect(await vacuum(true)).toMatchObject({ files: 2 })
    expect(await totals(table, { version: 1 })).toEqual({ rows: 10, sum: 45 })
    expect(await vacuum(false)).toMatchObject({ files: 2 })
    expect(await vacuum(false)).toMatchObject({ files: 0 })
    expect(await totals(table)).toEqual({ rows: 30, sum: 435 })
    expect(await totals(table, { version: 2 })).toEqual({ rows: 20, sum: 190 })
    expect((await keysOf(table)).filter((key) => key.endsWith('.parquet'))).toHaveLength(2)
  })

  test('of the log, what no reader of a newer version starts from goes', async () => {
    const table = await newTable()
    for (let line = 0; line < 25; line += 1) await append(table, '2024-01-01', 1, line)
    const folder = `${room.prefix}/${table.name}`
    const expired = await expiredLogKeys({ ...room, folder }, new Date(Date.now() + HOUR_MS))
    // Commits 0 to 19 and the checkpoint of version 10.
    expect(expired).toHaveLength(21)
    expect(await expiredLogKeys({ ...room, folder }, new Date(0))).toEqual([])
    await room.objectStore.delete(expired)
    const reader = await elsewhere(table)
    expect(await totals(reader)).toEqual({ rows: 25, sum: 300 })
    expect(await totals(reader, { version: 20 })).toEqual({ rows: 20, sum: 190 })
    await expect(reader.scan({ version: 19 })).rejects.toThrow(/version 19 is no longer in the log/)
  })

  test('what the hint names stays, and no part of a checkpoint is taken for the whole', async () => {
    const table = await newTable()
    for (let line = 0; line < 25; line += 1) await append(table, '2024-01-01', 1, line)
    const location = { ...room, folder: `${room.prefix}/${table.name}` }
    const part = `${location.folder}/${logName(24)}.checkpoint.0000000001.0000000002.parquet`
    await room.objectStore.put(part, 'PAR1')
    const expired = () => expiredLogKeys(location, new Date(Date.now() + HOUR_MS))
    expect(await expired()).toHaveLength(21)
    await room.objectStore.put(hintOf(table), '{"version": 10, "size": 12}')
    expect(await expired()).toEqual(
      Array.from({ length: 10 }, (_, version) => `${location.folder}/${logName(version)}.json`),
    )
  })

  test('a retention that is not safe must be forced, one that the log does not cover is refused', async () => {
    const table = await newTable()
    await expect(table.vacuum({ retentionHours: 1 })).rejects.toThrow(RetentionError)
    await expect(table.vacuum({ retentionHours: 1_000 })).rejects.toThrow(
      /the log forgets removed files after 168 hours/,
    )
    expect(await table.vacuum()).toEqual({ files: 0, bytes: 0, names: [], logEntries: 0 })
  })
})

describe('the lake', () => {
  test('an unknown table is named with the known ones', async () => {
    const table = await newTable()
    const error = await room.lake.table('raw/nothing').catch((caught: Error) => caught)
    expect(error).toBeInstanceOf(UnknownTableError)
    expect((error as Error).message).toContain('there is no table raw/nothing; the tables are: ')
    expect((error as Error).message).toContain(table.name)
    await expect(room.lake.table('../other')).rejects.toThrow(/can't be a table's name/)
  })

  test('tables are listed by name, other objects are not', async () => {
    const lake = room.stranger()
    const names = ['listed/one', 'listed/one_more', 'listed/two/deep']
    for (const name of names) await lake.ensureTable(name, sales)
    await append(await lake.table('listed/one'), '2024-01-01', 1)
    await room.objectStore.put(`${room.prefix}/listed/model/v1/weights.bin`, 'x')
    await room.objectStore.put(`${room.prefix}/listed/note.txt`, 'x')
    expect((await lake.list()).filter((name) => name.startsWith('listed/'))).toEqual(names)
  })

  test('a table that needs more of the protocol than is done here is refused', async () => {
    const table = await newTable()
    const { version } = await table.snapshot()
    const protocol = {
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: [],
    }
    const key = `${room.prefix}/${table.name}/${logName(version + 1)}.json`
    await room.objectStore.put(key, JSON.stringify({ protocol }))
    await expect(table.scan()).rejects.toThrow(UnsupportedTableError)
    await expect(elsewhere(table)).rejects.toThrow(/can't be read here: it needs deletionVectors/)
  })

  test('definitions that cannot be are refused', async () => {
    const define = (definition: typeof sales) => room.lake.ensureTable('impossible', definition)
    await expect(define({ ...sales, partitionColumns: ['day'] })).rejects.toThrow(
      /partition column day is not declared/,
    )
    await expect(define({ ...sales, partitionColumns: ['store_id'] })).rejects.toThrow(/store_id must not be nullable/)
    const twice = [...sales.schema, { name: 'LINE', type: 'long' } as const]
    await expect(define({ ...sales, schema: twice })).rejects.toThrow(/column LINE is declared twice/)
    const wide = [...sales.schema, { name: 'big', type: 'decimal(40,2)' } as const]
    await expect(define({ ...sales, schema: wide })).rejects.toThrow(/type decimal\(40,2\) is not one of/)
  })
})
