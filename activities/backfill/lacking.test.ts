import { expect, test } from 'vitest'
import { findUnbuilt, lackingText } from './lacking.ts'

const assets = [
  { name: 'sales', upstream: [], codeVersion: '1' },
  { name: 'week', upstream: ['sales'], daysBefore: { sales: 6 }, codeVersion: '1' },
]
const built = (asset: string, date: string, isBuilt = true) => ({
  asset,
  date,
  succeededAt: isBuilt ? new Date(0) : null,
})

test('days before that a window reads and that were never built are named, since there is a history', () => {
  const work = ['2024-05-09', '2024-05-10'].map((date) => ({ asset: 'week', date }))
  const partitions = [built('sales', '2024-05-04'), built('sales', '2024-05-06', false), built('sales', '2024-05-09')]
  expect(findUnbuilt(assets, work, partitions)).toEqual([
    { asset: 'sales', readBy: 'week', from: '2024-05-05', to: '2024-05-08', days: 4 },
  ])
})

test('what is built with it is not missing, and without any history nothing is', () => {
  const work = ['2024-05-09', '2024-05-10'].flatMap((date) => [
    { asset: 'sales', date },
    { asset: 'week', date },
  ])
  expect(findUnbuilt(assets, work, [built('week', '2024-05-09')])).toEqual([])
  expect(findUnbuilt(assets, work, [])).toEqual([])
})

test('what is missing is named once, with one command', () => {
  expect(lackingText(['a', 'b', 'a'], '2024-05-01')).toBe(
    'a 2024-05-01, b 2024-05-01 were never built; `shelfline backfill run --assets a,b --from 2024-05-01 --to 2024-05-01`',
  )
})
