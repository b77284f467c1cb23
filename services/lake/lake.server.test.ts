import { buffer, text } from 'node:stream/consumers'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestLake, saleLines, sales, type TestLake } from '../../lake/testing.ts'
import { profileRows, readRows, writeRows } from './rows.ts'
import { compactTable, listTables, readTableHistory, showTable, vacuumTable } from './tables.ts'

let room: TestLake

beforeAll(async () => {
  room = await openTestLake()
  const table = await room.lake.ensureTable('raw/sales', sales)
  for (const [date, count] of [
    ['2024-01-01', 10],
    ['2024-01-01', 10],
    ['2024-01-02', 40],
  ] as const) {
    await table.append({ files: await table.writeDataFiles(room.connection, saleLines(date, count)) })
  }
})
afterAll(() => room?.close())

test('tables are listed and shown as they were, and an unknown one is an error', async () => {
  const { lake } = room
  expect(await listTables(lake)).toMatchObject([{ table: 'raw/sales', version: 3, partitions: 2, rows: 60 }])
  expect(await showTable(lake, 'raw/sales', { atVersion: 1 })).toMatchObject({ version: 1, rows: 10 })
  expect((await readTableHistory(lake, 'raw/sales', 1)).map(({ operation }) => operation)).toEqual(['WRITE'])
  await expect(showTable(lake, 'raw/nothing')).rejects.toMatchObject({ code: 'not_found', kind: 'table' })
  await expect(showTable(lake, 'raw/sales', { atVersion: 99 })).rejects.toMatchObject({ code: 'invalid' })
  await expect(showTable(lake, 'raw/sales', { asOf: 'noon' })).rejects.toMatchObject({ field: 'asOf' })
  await expect(vacuumTable(lake, 'raw/sales', { retentionHours: 1 })).rejects.toMatchObject({ code: 'invalid' })
})

test('rows are read, described and written as CSV, JSON lines and Arrow', async () => {
  const oneDay = { date: '2024-01-02', columns: ['line', 'amount', 'date'] }
  const glance = await readRows(room, 'raw/sales', { ...oneDay, limit: 2 })
  expect(glance).toMatchObject({ columns: ['line', 'amount', 'date'], rows: { length: 2 } })
  expect(await text(await writeRows(room, 'raw/sales', { ...oneDay, limit: 1 }, 'csv'))).toMatch(
    /^line,amount,date\n\d+,\d+\.25,2024-01-02\n$/,
  )
  expect((await text(await writeRows(room, 'raw/sales', {}, 'jsonl'))).trim().split('\n')).toHaveLength(60)
  const arrow = await buffer(await writeRows(room, 'raw/sales', { from: '2024-01-02' }, 'arrow-stream'))
  expect(tableFromIPC(arrow).numRows).toBe(40)
  expect(await profileRows(room, 'raw/sales', { to: '2024-01-01' })).toMatchObject({ rows: 20, rowsSampled: 20 })
  await expect(readRows(room, 'raw/sales', { columns: ['colour'], limit: 1 })).rejects.toThrow(
    'columns "colour" is not a column of the table: the table has line, store_id',
  )
  await expect(readRows(room, 'raw/sales', { date: '2024-01-01', to: '2024-01-02', limit: 1 })).rejects.toMatchObject({
    field: 'date',
  })
})

test('a dry run of a compaction reports what it would merge, and merges nothing', async () => {
  const { lake } = room
  const day = { date: '2024-01-01' }
  expect(await compactTable(lake, 'raw/sales', { ...day, dryRun: true })).toMatchObject({
    dryRun: true,
    filesRemoved: 2,
    filesAdded: 1,
    bytesAdded: null,
  })
  expect((await showTable(lake, 'raw/sales')).version).toBe(3)
  expect(await compactTable(lake, 'raw/sales', day)).toMatchObject({ version: 4, filesRemoved: 2, filesAdded: 1 })
  expect(await compactTable(lake, 'raw/sales', { ...day, dryRun: true })).toMatchObject({ filesRemoved: 0 })
})
