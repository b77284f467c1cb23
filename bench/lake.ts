/**
 * The lake's log: commits a second, and what a scan costs before the first row, by the number of commits.
 * Needs a running instance (`./shelfline stack up`). `node bench/lake.ts`
 */

import { randomBytes } from 'node:crypto'
import { DAY_MS } from '../contracts/calendar.ts'
import { createLake, type TableDefinition } from '../lake/lake.ts'
import type { AddFile } from '../lake/protocol.ts'
import type { Table } from '../lake/table.ts'
import { createDuckDb } from '../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../platform/object-store/object-store.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { machine, report, seconds } from './measure.ts'

const COMMITS = 100
const WRITERS = 8
const RUNS = 5
const ROWS_A_FILE = 4_000
const FIRST_DAY = Date.parse('2017-01-01')

const definition: TableDefinition = {
  schema: [
    { name: 'line', type: 'long', nullable: false },
    { name: 'store_id', type: 'string' },
    { name: 'amount', type: 'decimal(18,2)' },
    { name: 'date', type: 'date', nullable: false },
  ],
  partitionColumns: ['date'],
}

const settings = loadSettings()
const objectStore = createObjectStore(settings)
const database = await createDuckDb(settings)
const connection = await database.connect()
const prefix = `bench-lake-${randomBytes(4).toString('hex')}`
const openLake = () =>
  createLake({
    objectStore,
    database,
    prefix,
    onCheckpointFailed: (error) => {
      throw error
    },
  })

try {
  console.log(machine())
  for (const factor of [1, 3, 10]) await measure(factor)
} finally {
  await deleteAll()
  connection.closeSync()
  database.closeSync()
  objectStore.close()
}

async function measure(factor: number): Promise<void> {
  const commits = COMMITS * factor
  const label = `${factor}× ${COMMITS} commits`
  const one: number[] = []
  const many: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    one.push(await commitRate(`one_${factor}_${run}`, 1, commits))
    many.push(await commitRate(`many_${factor}_${run}`, WRITERS, commits))
  }
  report(`lake: one writer, ${label}`, 'commits/s', one)
  report(`lake: ${WRITERS} writers race, ${label}`, 'commits/s', many)

  const table = await fill(`filled_${factor}`, commits)
  const opened: number[] = []
  const scanned: number[] = []
  const kernel: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    opened.push(await milliseconds(async () => (await openLake().table(table.name)).scan()))
    const date = dateOf((run * 7) % commits)
    scanned.push(await milliseconds(async () => sum(await table.scan({ where: { date } }))))
    kernel.push(await milliseconds(() => sum(`delta_scan('${table.uri}') where date = '${date}'`)))
  }
  report(`lake: first look at a table, ${label}`, 'ms', opened)
  report(`lake: one date of ${ROWS_A_FILE} rows, ${label}`, 'ms', scanned)
  report(`delta_scan: one date of ${ROWS_A_FILE} rows, ${label}`, 'ms', kernel)
}

/** Commits of one small action each, so that the log is measured and not the writing of Parquet. */
async function commitRate(name: string, writers: number, commits: number): Promise<number> {
  await openLake().ensureTable(name, definition)
  const tables = await Promise.all(Array.from({ length: writers }, () => openLake().table(name)))
  const taken = await milliseconds(() =>
    Promise.all(
      tables.map(async (table, writer) => {
        for (let commit = writer; commit < commits; commit += writers) await table.append({ files: [fileOf(commit)] })
      }),
    ),
  )
  return (commits / taken) * 1000
}

function fileOf(number: number): AddFile {
  return {
    path: `date=${dateOf(number)}/part-${number}.parquet`,
    partitionValues: { date: dateOf(number) },
    size: 1_000,
    modificationTime: FIRST_DAY,
    dataChange: true,
    stats: '{"numRecords":10,"minValues":{"line":0},"maxValues":{"line":9},"nullCount":{"line":0}}',
  }
}

function dateOf(number: number): string {
  return new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10)
}

/** A commit a date, with rows. */
async function fill(name: string, commits: number): Promise<Table> {
  const table = await openLake().ensureTable(name, definition)
  for (let commit = 0; commit < commits; commit += 1) {
    const rows = `select line, 'store' || (line % 457) as store_id, (line % 100)::decimal(18,2) as amount,
      date '${dateOf(commit)}' as date from range(${ROWS_A_FILE}) as lines(line)`
    await table.append({ files: await table.writeDataFiles(connection, rows) })
  }
  return table
}

async function sum(relation: string): Promise<void> {
  await connection.runAndReadAll(`select sum(amount), count(*) from ${relation}`)
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  return 1_000 * (await seconds(async () => void (await work())))
}

async function deleteAll(): Promise<void> {
  const keys: string[] = []
  for await (const { key } of objectStore.list(`${prefix}/`)) keys.push(key)
  await objectStore.delete(keys)
}
