import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { DuckDBInstance } from '@duckdb/node-api'
import { RecordBatchReader, tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ArrowFormat, loadArrow, writeArrow } from './arrow.ts'
import { type DuckDBConnection, withConnection } from './duckdb.ts'

let database: DuckDBInstance
beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:', { threads: '1' })
  await withConnection(database, (connection) => connection.run("set global TimeZone = 'UTC'"))
})
afterAll(() => database.closeSync())

/** One row a type, its smallest and largest values, and nulls. */
const EVERYTHING = `select * from (values
  (true, (-128)::tinyint, (-32768)::smallint, (-2147483648)::integer, (-9223372036854775808)::bigint, 0.5::float, 1e300::double,
    -12345678901.123456::decimal(18,6), 99999999999999999999.99::decimal(30,2), date '0001-01-01', timestamptz '1969-12-31 23:59:59.999999+00', 'Tee, 茶 🍵'),
  (false, 127, 32767, 2147483647, 9223372036854775807, -0.5, -1e-300,
    0.000001, -0.01, date '9999-12-31', timestamptz '2024-02-29 10:00:00.123456+00', ''),
  (null, null, null, null, null, null, null, null, null, null, null, null)
) as rows(flag, tiny, small, whole, large, short, double, price, amount, day, instant, name)`

async function bytesOf(connection: DuckDBConnection, query: string, format: ArrowFormat): Promise<Uint8Array> {
  return buffer(writeArrow(connection, query, format))
}

test.each(['stream', 'file'] as const)('keeps every value of every type through a %s', async (format) => {
  await withConnection(database, async (connection) => {
    const bytes = await bytesOf(connection, EVERYTHING, format)
    expect(await loadArrow(connection, 'again', Readable.from([bytes]))).toBe(3)
    const columns = 'flag, tiny, small, whole, large, short, double, price, amount, day, instant, name'
    const differences = `(${EVERYTHING} except select ${columns} from again)
      union all (select ${columns} from again except ${EVERYTHING})`
    expect((await connection.runAndReadAll(differences)).getRowObjectsJson()).toEqual([])
  })
})

test('is read by others: names, types and the values of a decimal', async () => {
  await withConnection(database, async (connection) => {
    const table = tableFromIPC(await bytesOf(connection, EVERYTHING, 'stream'))
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'flag Bool',
      'tiny Int8',
      'small Int16',
      'whole Int32',
      'large Int64',
      'short Float32',
      'double Float64',
      'price Decimal[18e+6]',
      'amount Decimal[30e+2]',
      'day Date32<DAY>',
      'instant Timestamp<MICROSECOND, UTC>',
      'name Utf8',
    ])
    expect(table.getChild('name')!.toJSON()).toEqual(['Tee, 茶 🍵', '', null])
    expect(table.getChild('flag')!.nullCount).toBe(1)
  })
})

test('writes what Arrow has no counterpart for as text', async () => {
  await withConnection(database, async (connection) => {
    const query = "select [1, 2] as list, {'a': 1} as structure, time '10:00' as time"
    const table = tableFromIPC(await bytesOf(connection, query, 'stream'))
    expect(table.toArray().map((row) => row.toJSON())).toEqual([
      { list: '[1, 2]', structure: "{'a': 1}", time: '10:00:00' },
    ])
  })
})

test('streams more rows than one batch, in order, and none of an empty answer', async () => {
  await withConnection(database, async (connection) => {
    const query = "select range as number, 'n' || range as name from range(100000) order by range"
    const bytes = await bytesOf(connection, query, 'stream')
    const sizes = [...RecordBatchReader.from(bytes)].map(({ numRows }) => numRows)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_768)
    expect(sizes.reduce((sum, rows) => sum + rows, 0)).toBe(100_000)
    expect(await loadArrow(connection, 'many', Readable.from([bytes]))).toBe(100_000)
    const sums = await connection.runAndReadAll("select count(*) from many where name = 'n' || number")
    expect(sums.getRows()).toEqual([[100_000n]])
    const empty = await bytesOf(connection, 'select 1 as one where false', 'stream')
    expect(tableFromIPC(empty).schema.fields.map(({ name }) => name)).toEqual(['one'])
  })
})
