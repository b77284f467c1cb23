import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedOrder, seedSupply } from '../../activities/purchase-orders/testing.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { explainLine, listOrders, readOrder } from './orders.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedSupply(jobs.pool)
  await seedOrder(jobs.pool, { date: '2026-11-02', location: 'w1' })
  await seedOrder(jobs.pool, { date: '2026-11-02', location: 'w2' })
  await seedOrder(jobs.pool, { date: '2026-11-03', location: 'w1', lines: { tea: 6, milk: 12 } })
})
afterAll(() => jobs?.close())

test('lists orders page by page, the newest first', async () => {
  const first = await listOrders(jobs.pool, { limit: 2 })
  const second = await listOrders(jobs.pool, { limit: 2, cursor: first.next! })
  const ids = [...first.items, ...second.items].map(({ purchaseOrderId }) => purchaseOrderId)
  expect(ids).toEqual(['PO-acme-w1-20261103', 'PO-acme-w1-20261102', 'PO-acme-w2-20261102'])
  expect(second.next).toBeNull()
  expect((await listOrders(jobs.pool, { location: 'w2', isOpen: true })).items).toMatchObject([
    { status: 'draft', lines: 1, totalValue: '600', currency: 'GBP', receivedPercent: 0 },
  ])
  expect((await listOrders(jobs.pool, { status: 'closed' })).items).toEqual([])
  await expect(listOrders(jobs.pool, { status: 'lost' as never })).rejects.toThrow('status "lost" is unknown')
})

test('reads an order and a line of it', async () => {
  expect(await readOrder(jobs.pool, 'PO-acme-w1-20261103', { limit: 1 })).toMatchObject({
    supplierName: 'Acme',
    status: 'draft',
    revision: 1,
    lineCount: 2,
    sending: null,
    actions: [],
    lines: [{ lineNo: 1, productId: 'milk', quantity: '12', value: '30' }],
  })
  expect(await explainLine(jobs.pool, 'PO-acme-w1-20261103', 2)).toMatchObject({ productId: 'tea', quantity: '6' })
  await expect(readOrder(jobs.pool, 'PO-1')).rejects.toThrow('order "PO-1" does not exist')
  await expect(explainLine(jobs.pool, 'PO-1', 1)).rejects.toThrow('order line "PO-1/1" does not exist')
})
