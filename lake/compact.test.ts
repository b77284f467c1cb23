import { expect, test } from 'vitest'
import { planMerges } from './compact.ts'
import { OUR_PROTOCOL } from './protocol.ts'
import { serialiseSchema } from './schema.ts'
import { TableState } from './state.ts'

/** A table with files of the given sizes, by date. */
function tableWith(sizes: Record<string, number[]>): TableState {
  const state = new TableState('sales')
  const metaData = {
    id: 'x',
    format: { provider: 'parquet', options: {} },
    schemaString: serialiseSchema([{ name: 'date', type: 'date' }]),
    partitionColumns: ['date'],
    configuration: {},
  }
  const adds = Object.entries(sizes).flatMap(([date, ofDate]) =>
    ofDate.map((size, index) => ({
      add: { path: `${date}/${index}`, partitionValues: { date }, size, modificationTime: index, dataChange: true },
    })),
  )
  state.apply(0, [{ protocol: OUR_PROTOCOL }, { metaData }, ...adds])
  return state
}

const plan = (sizes: Record<string, number[]>, options: Parameters<typeof planMerges>[1] = {}) =>
  planMerges(tableWith(sizes), { targetFileBytes: 100, smallFileBytes: 60, ...options }).map((group) =>
    group.map((file) => file.path),
  )

test('small files of one partition go together up to the target, large and lonely ones stay', () => {
  expect(plan({ a: [10, 20, 70, 30], b: [10], c: [] })).toEqual([['a/0', 'a/1', 'a/3']])
  expect(plan({ a: [50, 50, 50, 50, 50] })).toEqual([
    ['a/0', 'a/1'],
    ['a/2', 'a/3'],
  ])
})

test('only the asked partition, and at most this many files', () => {
  const sizes = { a: [1, 1, 1], b: [1, 1, 1] }
  expect(plan(sizes, { partition: { date: 'b' } })).toEqual([['b/0', 'b/1', 'b/2']])
  expect(plan(sizes, { maxFilesPerRun: 5 })).toEqual([
    ['a/0', 'a/1', 'a/2'],
    ['b/0', 'b/1'],
  ])
  expect(plan(sizes, { maxFilesPerRun: 4 })).toEqual([['a/0', 'a/1', 'a/2']])
})
