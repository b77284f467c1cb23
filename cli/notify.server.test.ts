import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase } from '../sql/jobs/testing.ts'
import { listNotifications, refuseUnknownRole, retryNotifications, routeOf, storeRoute } from './notify.ts'

const flags = {
  channel: 'email',
  to: 'maria@example.org',
  role: 'store_manager',
  kinds: 'alert',
  severity: 'warning',
  immediate: 'critical',
  digestAt: '07:30',
} as const
const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
const settings = { timeZone: 'Europe/London' }

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterAll(() => jobs?.close())

test.each([
  [{ to: 'maria' }, '--to maria is no e-mail address'],
  [{ channel: 'slack', to: 'ftp://x' }, 'which slack needs'],
  [{ channel: 'webhook', to: 'https://x/' }, 'a webhook needs --secret'],
  [{ channel: 'webhook', to: 'https://x/', secret: 'abc' }, '--secret is not whsec_'],
  [{ secret }, '--secret is for webhooks, not email'],
  [{ quiet: '22:00' }, '--quiet 22:00 is not two times of day'],
  [{ quiet: '22:00-25:00' }, '--quiet 25:00 is not a time of day'],
  [{ digestAt: '7:30' }, '--digest-at 7:30'],
  [{ timeZone: 'Mars/Base' }, '--time-zone Mars/Base'],
  [{ kinds: 'alerts' }, '--kinds "alerts" is unknown'],
  [{ kinds: 'summary' }, '--kinds summary needs --store'],
] as const)('%j is refused', (wrong, message) => {
  expect(() => routeOf('maria', { ...flags, ...wrong } as never, settings)).toThrow(message)
})

test('a route is made and changed, and what was dead is sent again', async () => {
  await storeRoute(jobs.pool, routeOf('maria', flags, settings))
  await storeRoute(jobs.pool, routeOf('maria', { ...flags, quiet: '22:00-07:00', store: ['s1'] }, settings))
  expect(await jobs.rows('select store_ids, quiet_from, time_zone from ref.notification_route')).toEqual([
    { store_ids: ['s1'], quiet_from: '22:00:00', time_zone: 'Europe/London' },
  ])
  await jobs.rows(`insert into ops.notification (notification_id, route_id, kind, content, status, attempts) values
    ('aaaa0000-0000-4000-8000-000000000001', 'maria', 'test', '{"by":"x"}', 'dead', 12),
    ('aaaa1111-0000-4000-8000-000000000001', 'maria', 'test', '{"by":"x"}', 'waiting', 0)`)
  await expect(retryNotifications(jobs.pool, ['aaaa'])).rejects.toThrow('more than one message begins with aaaa')
  await expect(retryNotifications(jobs.pool, ['aaaa0', 'aaaa1'])).rejects.toThrow(
    /aaaa1111 is waiting.*nothing was done/,
  )
  expect(await listNotifications(jobs.pool, { status: 'dead' }, 9)).toHaveLength(1)
  await retryNotifications(jobs.pool, ['aaaa0'])
  expect(await listNotifications(jobs.pool, { status: 'waiting' }, 9)).toMatchObject([
    { route: 'maria', attempts: expect.any(Number), notice: { kind: 'test', content: { by: 'x' } } },
    { route: 'maria' },
  ])
})

test('a role that nothing concerns is refused, and those that there are are named', async () => {
  await refuseUnknownRole(jobs.pool, 'director')
  await expect(refuseUnknownRole(jobs.pool, 'boss')).rejects.toThrow(/--role "boss".*buyer.*director.*store_manager/)
})
