import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestLake, saleLines, sales, type TestLake } from '../../lake/testing.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { environmentOf } from '../testing.ts'

let room: TestLake
let database: TestDatabase

beforeAll(async () => {
  room = await openTestLake()
  database = await createTestDatabase(loadSettings())
  const table = await room.lake.ensureTable('raw/sales', sales)
  for (const [date, count] of [
    ['2024-01-01', 10],
    ['2024-01-01', 10],
    ['2024-01-02', 40],
  ] as const) {
    await table.append({ files: await table.writeDataFiles(room.connection, saleLines(date, count)) })
  }
})
afterAll(async () => {
  await room?.close()
  await database?.drop()
})

interface Outcome {
  code: number
  out: string
  error: string
}

function shelfline(...words: string[]): Promise<Outcome> {
  const main = join(import.meta.dirname, '..', 'main.ts')
  // Who looks at rows is in the audit log.
  const env = { ...environmentOf(database.settings), SHELFLINE_LAKE_PREFIX: room.prefix }
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'lake', ...words], { env }, (problem, out, error) =>
      resolve({ code: problem === null ? 0 : Number(problem.code), out, error }),
    )
  })
}

const json = async (...words: string[]) => JSON.parse((await shelfline(...words, '--json')).out)

describe('shelfline lake', () => {
  test('lists and shows tables, now and as they were', async () => {
    expect(await json('list')).toMatchObject({ tables: [{ table: 'raw/sales', version: 3, partitions: 2, rows: 60 }] })
    const shown = await json('show', 'raw/sales')
    expect(shown.columns[0]).toEqual({ name: 'line', type: 'long', nullable: false })
    expect(shown.partitions).toMatchObject([
      { partition: '2024-01-01', files: 2, rows: 20 },
      { partition: '2024-01-02', files: 1, rows: 40 },
    ])
    expect(await json('show', 'raw/sales', '--at-version', '1')).toMatchObject({ version: 1, rows: 10 })
    const { out } = await shelfline('show', 'raw/sales')
    expect(out).toMatch(/2024-01-02 .* 40 .* █{32} /)
  })

  test('writes rows as a table, CSV, JSON lines and Arrow', async () => {
    const oneDay = ['scan', 'raw/sales', '--date', '2024-01-02', '--columns', 'line,amount,date']
    const glance = await shelfline(...oneDay)
    expect(glance.out.match(/2024-01-02/g)).toHaveLength(20)
    const csv = await shelfline(...oneDay, '--limit', '2', '--format', 'csv')
    expect(csv.out).toMatch(/^line,amount,date\n\d+,\d+\.25,2024-01-02\n\d+,\d+\.25,2024-01-02\n$/)
    const lines = (await shelfline('scan', 'raw/sales', '--format', 'jsonl')).out.trim().split('\n')
    expect(lines).toHaveLength(60)
    expect(Object.keys(JSON.parse(lines[0]!))).toEqual(['line', 'store_id', 'amount', 'sold_at', 'date'])
    const file = join(mkdtempSync(join(tmpdir(), 'shelfline-scan-')), 'sales.feather')
    expect((await shelfline('scan', 'raw/sales', '--format', 'arrow', '--out', file)).out).toContain(`wrote ${file}`)
    const table = tableFromIPC(readFileSync(file))
    expect([table.numRows, String(table.schema.fields[2]!.type)]).toEqual([60, 'Decimal[18e+2]'])
    expect((await shelfline('scan', 'raw/sales', '--date', '2023-01-01')).out).toMatch(/no rows/)
  })

  test('describes what the columns hold', async () => {
    const { rows, rowsSampled, columns } = await json('profile', 'raw/sales', '--from', '2024-01-02')
    expect([rows, rowsSampled, columns.length]).toEqual([40, 40, 5])
    expect(columns[0]).toMatchObject({
      column: 'line',
      nulls: 0,
      distinct: 40,
      minimum: '0',
      maximum: '39',
      mean: 19.5,
    })
    expect(columns[1]).toMatchObject({ column: 'store_id', distinct: 7 })
    expect((await shelfline('profile', 'raw/sales')).out).toMatch(/store_id .* varchar .* 0 % .* 7 /)
  })

  test('puts files together, shows the history and what a vacuum would delete', async () => {
    const compact = ['compact', 'raw/sales', '--date', '2024-01-01']
    const merged = { filesRemoved: 2, filesAdded: 1 }
    expect(await json(...compact, '--dry-run')).toMatchObject({ ...merged, dryRun: true, bytesAdded: null })
    expect((await shelfline(...compact, '--dry-run')).out).toMatch(
      /2 files .* would be merged into 1; nothing was done/,
    )
    expect(await json(...compact)).toMatchObject({ ...merged, dryRun: false })
    const { history } = await json('history', 'raw/sales', '--limit', '2')
    expect(history).toMatchObject([{ operation: 'OPTIMIZE' }, { operation: 'WRITE' }])
    expect(await json('vacuum', 'raw/sales', '--dry-run')).toMatchObject({ dryRun: true, files: 0 })
    expect(await json('vacuum', 'raw/sales', '--dry-run', '--force', '--retention-hours', '0')).toMatchObject({
      files: 2,
    })
  })

  test.each([
    [['show', 'raw/nothing'], /table "raw\/nothing" does not exist: the tables are raw\/sales/],
    [['show', 'raw/sales', '--at-version', '99'], /has no version 99: its newest is \d/],
    [['show', 'raw/sales', '--as-of', 'yesterday'], /--as-of "yesterday" is not a day .* or an instant/],
    [['compact', 'raw/sales', '--date', '2024-02-30'], /--date "2024-02-30" is not a date/],
    [['vacuum', 'raw/sales', '--retention-hours', '1'], /a retention of 1 hours is below 168/],
    [['history', 'raw/sales', '--limit', 'all'], /--limit all is not a whole number/],
    [
      ['scan', 'raw/sales', '--columns', 'line,colour'],
      /--columns "colour" is not a column of the table: the table has line, store_id, amount/,
    ],
    [
      ['scan', 'raw/sales', '--date', '2024-01-01', '--to', '2024-01-02'],
      /--date "2024-01-01" cannot be combined with a range: use one of them/,
    ],
    [['shrink'], /unknown command/],
  ])('%j: wrong use', async (words, message) => {
    const { code, out, error } = await shelfline(...words)
    expect([code, out]).toEqual([2, ''])
    expect(error).toMatch(message)
  })
})
