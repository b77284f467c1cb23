import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf } from '../../sql/jobs/testing.ts'
import { named } from '../access/testing.ts'
import { acknowledgeAlerts, listAlerts, readAlert, recordIncident, resolveAlerts, snoozeAlerts } from './alerts.ts'

let jobs: JobsDatabase
let stockOut: number

beforeAll(async () => {
  jobs = await createJobsDatabase()
  await seedShelf(jobs, { onShelf: 0, perDay: 8 })
  await seedShelf(jobs, { product: 'milk', onShelf: 2, perDay: 3 })
  await seedShelf(jobs, { store: 's2', onShelf: 0, perDay: 0.5 })
  await jobs.rows(`insert into ops.clock values (true, $1, 1, 'test', 1)`, [NOON])
  await jobs.run('observe_alerts')
  const { items } = await listAlerts(jobs.pool, { statuses: ['open'], store: 's1', type: 'stock_out' })
  stockOut = items[0]!.alert_id
})
afterAll(() => jobs?.close())

const decision = { by: named('maria'), why: 'on its way' }

describe('alerts', () => {
  test('are listed the worst and dearest first, page by page, and by what one asks for', async () => {
    const { items, total, next } = await listAlerts(jobs.pool, { statuses: ['open'], limit: 2 })
    expect(total).toBe(3)
    expect(items).toMatchObject([
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
    const rest = await listAlerts(jobs.pool, { statuses: ['open'], limit: 2, cursor: next! })
    expect(rest).toMatchObject({ items: [{ store_id: 's2' }], total: 3, next: null })
    const milk = await listAlerts(jobs.pool, { statuses: ['open'], store: 's1', severity: 'warning' })
    expect(milk.items).toMatchObject([{ product_id: 'milk', message: 'Milk: 2 left of 20 on shelf A1' }])
    await expect(listAlerts(jobs.pool, { type: 'flood' })).rejects.toThrow(/type "flood" is unknown.*stock_out/)
  })

  test('are acknowledged with who and why, and shown with their evidence', async () => {
    const [acknowledged] = await acknowledgeAlerts(jobs.pool, [stockOut], decision)
    expect(acknowledged).toMatchObject({
      status: 'acknowledged',
      status_by: 'maria',
      status_why: 'on its way',
      recommended_quantity: '20',
      evidence: { available: 0, capacity: 20 },
      actions: [{ action: 'acknowledged', by: 'maria', why: 'on its way' }],
    })
  })

  test('of a warehouse are those of the stores that it refills', async () => {
    const evidence = { stores: ['s7', 's8'], currency: 'EUR' }
    await jobs.rows(
      `insert into ops.alert (dedup_key, alert_type, store_id, severity, impact, message, evidence, first_seen, last_seen)
       values ('x', 'stock_out', 'w1', 'info', 1, 'sold out', $1, $2, $2)`,
      [evidence, NOON],
    )
    const { items } = await listAlerts(jobs.pool, { statuses: ['open'], store: 's8' })
    expect(items).toMatchObject([{ store_id: 'w1', currency: 'EUR' }])
  })

  test('sleep until they are woken', async () => {
    await snoozeAlerts(jobs.pool, [stockOut], decision, { until: minutes(60) })
    const snoozed = await snoozeAlerts(jobs.pool, [stockOut], decision, { minutes: 60 })
    expect(snoozed[0]!.snoozed_until!.toISOString()).toBe(new Date(minutes(60)).toISOString())
    expect((await listAlerts(jobs.pool, { store: 's1' })).total).toBe(1)
    const past = snoozeAlerts(jobs.pool, [stockOut], decision, { until: minutes(-1) })
    await expect(past).rejects.toThrow('has passed')
    await jobs.rows('update state.shelf set last_sale_at = $1', [minutes(58)])
    await jobs.run('observe_alerts', minutes(59))
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'snoozed' })
    await jobs.run('observe_alerts', minutes(60))
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'open', snoozed_until: null })
  })

  test('are acted on together or not at all', async () => {
    await expect(resolveAlerts(jobs.pool, [stockOut, 999], decision)).rejects.toThrow('alert "999" does not exist')
    expect(await readAlert(jobs.pool, stockOut)).toMatchObject({ status: 'open' })
    await resolveAlerts(jobs.pool, [stockOut], decision)
    await expect(acknowledgeAlerts(jobs.pool, [stockOut], decision)).rejects.toThrow('is resolved already')
    await expect(readAlert(jobs.pool, 999)).rejects.toThrow('alert "999" does not exist')
  })

  test('are not measured by an incident', async () => {
    const flood = { store: 's1', from: '2024-05-01T08:00:00Z', until: '2024-05-01T20:00:00Z' }
    expect(await recordIncident(jobs.pool, flood, decision)).toEqual({ incident_id: 1 })
    const backwards = recordIncident(jobs.pool, { from: flood.until, until: flood.from }, decision)
    await expect(backwards).rejects.toThrow('until "2024-05-01T08:00:00Z" is not after 2024-05-01T20:00:00Z')
    const elsewhere = recordIncident(jobs.pool, { ...flood, store: 'nope' }, decision)
    await expect(elsewhere).rejects.toThrow('store "nope" is unknown: send it on store_catalog first')
  })
})
