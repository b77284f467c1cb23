import { datedTable } from '../framework/lake-input.ts'
import { takenOnce } from '../framework/taken-once.ts'
import { keyColumns, liveColumns } from './columns.ts'

export const liveStateInput = datedTable(
  'features/live_state',
  'The live state of every store × product on the morning after the day: shelf, warehouse, lots, prices, units on order, alerts, hours out of stock. Copied once; empty for days without a copy.',
  { ...keyColumns, ...liveColumns },
)

export const featuresLiveState = takenOnce({
  output: liveStateInput,
  orderBy: ['store_id', 'product_id'],
  sql: 'features/live_state.sql',
  revision: 1,
})
