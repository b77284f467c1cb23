import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf } from '../sql/jobs/testing.ts'
import { actOnAlerts, evidenceText, listAlerts, readAlert } from './alerts.ts'

let jobs: JobsDatabase
let stockOut: number

beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedShelf(jobs, { onShelf: 0, perDay: 8 })
  await seedShelf(jobs, { product: 'milk', onShelf: 2, perDay: 3 })
  await seedShelf(jobs, { store: 's2', onShelf: 0, perDay: 0.5 })
  await jobs.rows(`insert into ops.clock values (true, $1, 1, 'test', 1)`, [NOON])
  await jobs.run('observe_alerts')
  const { alerts } = await listAlerts(jobs.pool, { statuses: ['open'], store: 's1', type: 'stock_out' }, 10)
  stockOut = alerts[0]!.alert_id
})
afterAll(() => jobs?.close())

const act = (ids: number[], status: 'acknowledged' | 'snoozed' | 'resolved', until: Date | null = null) =>
  actOnAlerts(jobs.pool, ids, { status, by: 'maria', why: 'on its way', until })

describe('alerts', () => {
  test('are listed the worst and dearest first, and by what one asks for', async () => {
    const { alerts, total } = await listAlerts(jobs.pool, { statuses: ['open'] }, 2)
    expect(total).toBe(3)
    expect(alerts).toMatchObject([
      {
        alert_type: 'stock_out',
        store_id: 's1',
        severity: 'critical',
        impact: '16.00',
        currency: 'USD',
        product: 'Tea',
      },
      { alert_type: 'low_shelf', severity: 'warning', impact: '6.00' },
    ])
    const milk = await listAlerts(jobs.pool, { statuses: ['open'], store: 's1', severity: 'warning' }, 9)
    expect(milk.alerts).toMatchObject([{ product_id: 'milk', message: 'Milk: 2 left of 20 on shelf A1' }])
    await expect(listAlerts(jobs.pool, { statuses: ['open'], type: 'flood' }, 9)).rejects.toThrow(
      /"flood" is unknown.*stock_out/,
    )
  })

  test('are acknowledged with who and why, and shown with their evidence', async () => {
    await act([stockOut], 'acknowledged')
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({
      ...{ status: 'acknowledged', status_by: 'maria', status_why: 'on its way', recommended_quantity: '20' },
      evidence: { available: 0, capacity: 20 },
      actions: [{ action: 'acknowledged', by: 'maria', why: 'on its way' }],
    })
  })

  test('show their evidence on the store’s clock, lists a line each', () => {
    const at = (instant: Date) => instant.toLocaleString('sv-SE', { timeZone: 'America/New_York' })
    expect(evidenceText('2017-03-01T17:00:00+00:00', at)).toBe('2017-03-01 12:00:00')
    expect(evidenceText(['s1', 's2'], at)).toBe('s1, s2')
    expect(evidenceText([{ product_id: 'tea', impact: '2.00' }, { product_id: 'milk' }], at)).toMatch(
      /^product id tea, impact 2\.00\n +product id milk$/,
    )
  })

  test('of a warehouse are those of the stores that it stands for', async () => {
    const evidence = { stores: ['s7', 's8'], currency: 'EUR' }
    await jobs.rows(
      `insert into ops.alert (dedup_key, alert_type, store_id, severity, impact, message, evidence, first_seen, last_seen)
       values ('x', 'stock_out', 'w1', 'info', 1, 'sold out', $1, $2, $2)`,
      [evidence, NOON],
    )
    const { alerts } = await listAlerts(jobs.pool, { statuses: ['open'], store: 's8' }, 9)
    expect(alerts).toMatchObject([{ store_id: 'w1', currency: 'EUR' }])
  })

  test('sleep until they are woken', async () => {
    await act([stockOut], 'snoozed', new Date(minutes(60)))
    expect((await listAlerts(jobs.pool, { statuses: ['open', 'acknowledged'], store: 's1' }, 9)).total).toBe(1)
    await jobs.rows('update state.shelf set last_sale_at = $1', [minutes(58)])
    await jobs.run('observe_alerts', minutes(59))
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'snoozed' })
    await jobs.run('observe_alerts', minutes(60))
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'open', snoozed_until: null })
  })

  test('are acted on together or not at all', async () => {
    await expect(act([stockOut, 999], 'resolved')).rejects.toThrow(
      'alerts: 999 unknown or resolved already; nothing was done',
    )
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'open' })
    await act([stockOut], 'resolved')
    await expect(act([stockOut], 'acknowledged')).rejects.toThrow(/nothing was done/)
    await expect(readAlert(jobs.pool, 999)).rejects.toThrow(/alert 999 is unknown/)
  })
})
