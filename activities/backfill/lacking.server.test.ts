/** Days whose partitions lack what they are made from: refused by hand, built as far as they can be by the clock. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf, shelfline } from '../../cli/testing.ts'
import { registerAssets } from '../../platform/ledger.ts'
import { openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { buildRequest, dependenciesOf, idleLife } from '../testing.ts'
import { buildPartition } from './build-partition.ts'
import { createPartitionActivities } from './partitions.ts'

const DAY = '2024-05-01'
let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  dependencies = dependenciesOf(world.context, assets)
  await registerAssets(world.context.pool, assets)
})
afterAll(() => world?.close())

const plan = (date?: string) =>
  createPartitionActivities(dependencies).planDay({
    at: '2024-05-02T09:00:00Z',
    pipeline: 'feature-engineering' as const,
    ...(date !== undefined && { date }),
  })
const build = (asset: string, date: string) => buildPartition(dependencies, buildRequest(asset, date), idleLife())

const SALES = `cleansed/sales ${DAY} was never built; \`shelfline backfill run --assets cleansed/sales --from ${DAY} --to ${DAY}\``

test('features of a day without its sales are refused, with the command that builds what is missing', async () => {
  await build('cleansed/foot_traffic', DAY)
  await expect(plan(DAY)).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringContaining(SALES) })
  const { code, error } = await shelfline(
    ['run', 'feature-engineering', '--date', DAY],
    environmentOf(world.context.settings),
  )
  expect(code).not.toBe(0)
  expect(error).toContain(SALES)
})

test('by the clock, what does not need it is built', async () => {
  const { date, lacking } = await plan()
  expect(date).toBe(DAY)
  expect(lacking).toMatchObject({ 'features/daily_sales': SALES })
  expect(lacking).not.toHaveProperty('features/live_state')
})

test('days that a window reads and that were never built are named', async () => {
  await build('cleansed/sales', DAY)
  await build('cleansed/foot_traffic', '2024-04-27')
  const { lacking, warnings } = await plan(DAY)
  expect(lacking).toEqual({})
  expect(warnings!['features/demand']).toContain(
    'features/demand reads 4 days of features/daily_sales that were never built (2024-04-27 to 2024-04-30); ' +
      '`shelfline backfill run --assets features/daily_sales --from 2024-04-27 --to 2024-04-30`',
  )
})
