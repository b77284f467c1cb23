import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailer } from '../../platform/http/mail.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { named } from '../access/testing.ts'
import { listMessages, retryMessages } from './messages.ts'
import { listRoutes, type RouteRequest, removeRoute, setRoute, testRoute } from './routes.ts'

const maria: RouteRequest = {
  route: 'maria',
  channel: 'email',
  address: 'maria@example.org',
  role: 'store_manager',
  kinds: ['alert'],
  minimumSeverity: 'warning',
  immediateFrom: 'critical',
  digestAt: '07:30',
  timeZone: 'Europe/London',
}
const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`

const vault = createVault({ secretKeys: [Buffer.alloc(32, 7).toString('base64')], secretKeysFile: [] })
let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterAll(() => jobs?.close())

const set = (change: Partial<RouteRequest> = {}) =>
  setRoute({ pool: jobs.pool, vault }, { ...maria, ...change }, named('test'))

test.each<[Partial<RouteRequest>, string | RegExp]>([
  [{ address: 'maria' }, 'address "maria" is not an e-mail address'],
  [{ channel: 'slack', address: 'ftp://x' }, 'which slack needs'],
  [{ channel: 'webhook', address: 'https://x/' }, 'which a webhook needs'],
  [{ channel: 'webhook', address: 'https://x/', secret: 'abc' }, 'secret is not whsec_'],
  [{ secret }, 'secret is for webhooks, not for email'],
  [{ quietFrom: '22:00' }, 'quiet hours need two different times'],
  [{ quietFrom: '22:00', quietUntil: '25:00' }, 'quietUntil "25:00" is not a time of day'],
  [{ digestAt: '7:30' }, 'digestAt "7:30"'],
  [{ timeZone: 'Mars/Base' }, 'timeZone "Mars/Base"'],
  [{ kinds: ['alerts' as never] }, 'kinds "alerts" is unknown'],
  [{ kinds: ['summary'] }, 'give the stores of the route'],
  [{ role: 'boss' }, /role "boss".*buyer.*director.*store_manager/],
])('%j is refused', async (wrong, message) => {
  await expect(set(wrong)).rejects.toThrow(message)
})

test('a route is made, replaced and removed, and what it is signed with is not read', async () => {
  await set()
  const quiet = { quietFrom: '22:00', quietUntil: '07:00', stores: ['s1'] }
  expect(await set(quiet)).toEqual({ ...maria, ...quiet, changedBy: 'test' })
  await set({ route: 'buying', channel: 'webhook', address: 'https://example.org/hook?key=1', secret })
  expect((await listRoutes({ pool: jobs.pool, vault })).map(({ address }) => address)).toEqual([
    'https://example.org/…',
    maria.address,
  ])
  const [kept] = await jobs.rows(`select address, secret from ref.notification_route where route_id = 'buying'`)
  expect(JSON.stringify(kept)).toMatch(/^{"address":"sealed:v1:[^"]+","secret":"sealed:v1:[^"]+"}$/)
  await jobs.rows(`insert into ops.notification (route_id, kind, content) values ('buying', 'test', '{"by":"x"}')`)
  expect(await removeRoute(jobs.pool, 'buying', { dryRun: true })).toEqual({ messages: 1 })
  expect(await removeRoute(jobs.pool, 'buying')).toEqual({ messages: 1 })
  await expect(removeRoute(jobs.pool, 'buying')).rejects.toThrow('route "buying" does not exist')
})

test('a test that is not accepted is an error, and a dead message', async () => {
  const mailer = createMailer({ ...loadSettings(), smtpUrl: 'smtp://127.0.0.1:1' })
  const sent = testRoute({ pool: jobs.pool, mailer, egress: loadSettings(), vault }, 'maria', named('test'))
  await expect(sent).rejects.toMatchObject({ code: 'unavailable' })
  expect((await listMessages(jobs.pool, { status: 'dead' })).items).toMatchObject([
    { subject: 'Test notification from Shelfline' },
  ])
  await jobs.rows('delete from ops.notification')
})

test('what was dead is sent again, all of it or none', async () => {
  await jobs.rows(`insert into ops.notification (notification_id, route_id, kind, content, status, attempts) values
    ('aaaa0000-0000-4000-8000-000000000001', 'maria', 'test', '{"by":"x"}', 'dead', 12),
    ('aaaa1111-0000-4000-8000-000000000001', 'maria', 'test', '{"by":"x"}', 'waiting', 0)`)
  await expect(retryMessages(jobs.pool, ['aaaa'])).rejects.toThrow('more than one message begins with aaaa')
  await expect(retryMessages(jobs.pool, ['aaaa0', 'aaaa1'])).rejects.toThrow(/aaaa1111 is waiting.*nothing was changed/)
  await retryMessages(jobs.pool, ['aaaa0'])
  const first = await listMessages(jobs.pool, { status: 'waiting', limit: 1 })
  const second = await listMessages(jobs.pool, { status: 'waiting', limit: 1, cursor: first.next! })
  expect([...first.items, ...second.items]).toMatchObject([
    { route: 'maria', notificationId: expect.stringMatching(/^aaaa0/), notice: { kind: 'test', content: { by: 'x' } } },
    { route: 'maria', notificationId: expect.stringMatching(/^aaaa1/) },
  ])
  expect(second.next).toBeNull()
})
