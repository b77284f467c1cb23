import { beforeEach, expect, test } from 'vitest'
import { type Action, type AddFile, OUR_PROTOCOL, removalOf } from './protocol.ts'
import { serialiseSchema } from './schema.ts'
import { partitionKey, partitionMark, TableState } from './state.ts'

const metaData = {
  id: 'x',
  format: { provider: 'parquet', options: {} },
  schemaString: serialiseSchema([
    { name: 'line', type: 'long' },
    { name: 'date', type: 'date', nullable: false },
  ]),
  partitionColumns: ['date'],
  configuration: {},
}
const created: Action[] = [{ protocol: OUR_PROTOCOL }, { metaData }]
const file = (path: string, date: string, dataChange = true): AddFile => ({
  path,
  partitionValues: { date },
  size: 1,
  modificationTime: 1,
  dataChange,
})
const key = (date: string) => partitionKey(['date'], { date })

let state: TableState

beforeEach(() => {
  state = new TableState('sales')
  state.apply(0, created)
})

test('files come and go, transactions advance', () => {
  state.apply(1, [{ add: file('a', '2024-01-01') }, { txn: { appId: 'sink', version: 5 } }])
  state.apply(2, [{ remove: removalOf(file('a', '2024-01-01'), true) }, { add: file('b', '2024-01-02') }])
  expect([...state.files.keys()]).toEqual(['b'])
  expect([...state.tombstones.keys()]).toEqual(['a'])
  expect(state.transactions.get('sink')).toBe(5)
  expect(state.version).toBe(2)
})

test('a partition changed when its rows did, not when they were rearranged', () => {
  state.apply(1, [{ add: file('a', '2024-01-01') }, { add: file('b', '2024-01-02') }])
  state.apply(2, [{ add: file('c', '2024-01-01') }])
  state.apply(3, [{ remove: removalOf(file('a', '2024-01-01'), false) }, { add: file('d', '2024-01-01', false) }])
  state.apply(4, [{ remove: removalOf(file('b', '2024-01-02'), true) }])
  expect(state.partitionVersions).toEqual(
    new Map([
      [key('2024-01-01'), 2],
      [key('2024-01-02'), 4],
    ]),
  )
})

test('a checkpoint shows by its marks when partitions changed, and for the others takes its own version', () => {
  const fresh = new TableState('sales')
  const mark = { txn: { appId: partitionMark(key('2024-01-01')), version: 3 } }
  fresh.load(10, [{ add: file('a', '2024-01-01') }, mark, { add: file('b', '2024-01-02') }, ...created])
  expect(fresh.partitionVersions).toEqual(
    new Map([
      [key('2024-01-01'), 3],
      [key('2024-01-02'), 10],
    ]),
  )
})

test('a copy stays as it is', () => {
  state.apply(1, [{ add: file('a', '2024-01-01') }])
  const copy = state.clone()
  state.apply(2, [{ remove: removalOf(file('a', '2024-01-01'), true) }])
  expect([copy.version, [...copy.files.keys()], copy.tombstones.size]).toEqual([1, ['a'], 0])
  expect(copy.schema).toEqual(state.schema)
})
