import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createMailer, type Mailer } from '../../platform/http/mail.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { createJobsDatabase, type JobsDatabase, minutes, NOON } from '../../sql/jobs/testing.ts'
import { composeNotifications, sendNotifications } from './notifications.ts'

const secret = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`

/** A mail server and a web server that keep what they get, and refuse or fail as a test sets. */
const world = { mails: [] as string[], posts: [] as { path: string; headers: Record<string, string>; body: string }[] }
let answers: { mail: number; post: number; mailMs?: number; retryAfter?: string }
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: (_address, _session, done) =>
    done(answers.mail === 250 ? null : Object.assign(new Error('no'), { responseCode: answers.mail })),
  onData: (stream, _session, done) => {
    let mail = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      mail += text
    })
    stream.on('end', () => {
      world.mails.push(mail)
      if (answers.mailMs === undefined) done()
      else setTimeout(done, answers.mailMs)
    })
  },
})
const http = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  world.posts.push({ path: request.url!, headers: request.headers as Record<string, string>, body })
  response.writeHead(answers.post, answers.retryAfter ? { 'retry-after': answers.retryAfter } : {}).end()
})

const vault = createVault({ secretKeys: [Buffer.alloc(32, 7).toString('base64')], secretKeysFile: [] })
const mailSettings = (smtpUrl: string) => ({
  ...loadSettings(),
  smtpUrl,
  mailFrom: 'Shelfline <shelfline@example.org>',
})
let jobs: JobsDatabase
let mailer: Mailer
const senders = () => ({ mailer, egress: loadSettings(), vault })
let hooks: string

beforeAll(async () => {
  jobs = await createJobsDatabase()
  const ports = await Promise.all(
    [smtp.server, http].map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
        ),
    ),
  )
  mailer = createMailer(mailSettings(`smtp://127.0.0.1:${ports[0]}`))
  hooks = `http://127.0.0.1:${ports[1]}`
})
afterAll(async () => {
  await Promise.all([new Promise<void>((done) => smtp.close(done)), new Promise((done) => http.close(done))])
  await jobs?.close()
})
beforeEach(() => {
  answers = { mail: 250, post: 200 }
})
afterEach(async () => {
  world.mails.length = 0
  world.posts.length = 0
  await jobs.rows('delete from ref.notification_route')
  await jobs.rows('delete from ops.alert')
  await jobs.rows(`update ops.purchase_order set status = 'closed'`)
})

interface RouteSeed {
  channel?: string
  address?: string
  role?: string
  stores?: string[] | null
  kinds?: string[]
  minimum?: string
  immediate?: string
  quiet?: [string, string] | [null, null]
}

async function seedRoute(name: string, route: RouteSeed = {}): Promise<void> {
  const { channel = 'email', address = 'maria@example.org', role = 'store_manager', stores = ['s1'] } = route
  const { kinds = ['alert'], minimum = 'warning', immediate = 'warning', quiet = [null, null] } = route
  await jobs.rows(
    `insert into ref.notification_route (route_id, channel, address, secret, role, store_ids, kinds, minimum_severity,
       immediate_from, quiet_from, quiet_until, digest_at, time_zone, changed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '07:30', 'America/New_York', 'test')`,
    [name, channel, address, channel === 'webhook' ? secret : null, role, stores, kinds, minimum, immediate, ...quiet],
  )
}

async function seedAlert({
  type = 'stock_out',
  store = 's1',
  severity = 'critical',
  message = 'Tea: empty',
  evidence = {},
} = {}) {
  const rows = await jobs.rows<{ alert_id: number }>(
    `insert into ops.alert (dedup_key, alert_type, store_id, severity, impact, message, evidence, first_seen, last_seen)
     values (gen_random_uuid()::text, $1, $2, $3, 16, $4, $5, $6, $6) returning alert_id`,
    [type, store, severity, message, evidence, NOON],
  )
  return rows[0]!.alert_id
}

/** A minute of the schedule. */
async function notify(minute = 0) {
  const queued = await composeNotifications(jobs.pool, new Date(minutes(minute)))
  return { queued, ...(await sendNotifications(jobs.pool, senders())) }
}

/** As if the pauses between attempts had passed. */
const wait = () => jobs.rows(`update ops.notification set next_attempt_at = now() where status = 'waiting'`)

test('a mail reports what is wrong, once, to those responsible for it', async () => {
  await seedRoute('maria')
  await seedRoute('omar', { address: 'omar@example.org', stores: ['s2'] })
  await seedRoute('planning', { address: 'planning@example.org', role: 'planner', stores: null })
  await seedAlert()
  await seedAlert({ type: 'shrinkage', severity: 'warning', message: 'Tea: 5 taken & "not paid"' })
  expect(await notify()).toEqual({ queued: 3, sent: 2, postponed: 0, dead: 0 })
  expect(await notify(1)).toEqual({ queued: 0, sent: 0, postponed: 0, dead: 0 })
  const [maria, planner] = world.mails.toSorted((one, other) => other.length - one.length)
  expect(maria).toMatch(/^To: maria@example.org/m)
  expect(maria).toMatch(/^Subject: 2 alerts in Store s1, 1 critical/m)
  expect(maria).toMatch(/^Message-ID: <[0-9a-f-]{36}@shelfline>/m)
  expect(maria).toContain('critical: Tea: empty, costs 16.00 USD (since 2017-03-01 12:00')
  expect(maria).toContain('5 taken &amp; &quot;not paid&quot;')
  expect(planner).toContain('Subject: critical: Tea: empty (Store s1)')
})

test('what a late delivery costs is reported in the currency of its order: a warehouse has none', async () => {
  await seedRoute('buying', { role: 'buyer', stores: ['w1'] })
  await seedAlert({ type: 'supplier_delay', store: 'w1', message: '9 units are late', evidence: { currency: 'EUR' } })
  expect(await notify()).toMatchObject({ sent: 1 })
  expect(world.mails[0]).toContain('critical: 9 units are late, costs 16.00 EUR (since')
})

test('what a warehouse has none of is reported in the stores that are sold out of it', async () => {
  await seedRoute('maria')
  await seedRoute('omar', { address: 'omar@example.org', stores: ['s2'] })
  await seedAlert({ store: 'w1', message: 'Tea: none in w1', evidence: { stores: ['s1', 's7'], currency: 'USD' } })
  expect(await notify()).toMatchObject({ queued: 1, sent: 1 })
  expect(world.mails[0]).toMatch(/^To: maria@example.org/m)
})

test('what gets worse, or wakes up, is reported again; what gets better is not', async () => {
  await seedRoute('maria')
  const alert = await seedAlert({ severity: 'warning' })
  expect(await notify()).toMatchObject({ sent: 1 })
  await jobs.rows(`update ops.alert set severity = 'critical'`)
  expect(await notify(1)).toMatchObject({ sent: 1 })
  await jobs.rows(`update ops.alert set severity = 'warning'`)
  expect(await notify(2)).toMatchObject({ queued: 0, sent: 0 })
  await jobs.rows(
    `insert into ops.alert_action (alert_id, action, acted_by, why, acted_at) values ($1, 'snoozed', 'maria', 'later', now())`,
    [alert],
  )
  expect(await notify(3)).toMatchObject({ queued: 1, sent: 1 })
})

test('in quiet hours only what is critical is sent; the rest afterwards, if it still holds', async () => {
  await seedRoute('maria', { quiet: ['11:00', '13:30'] })
  await seedAlert()
  const low = await seedAlert({ type: 'low_shelf', severity: 'warning', message: 'Milk: 2 left' })
  await seedAlert({ type: 'near_expiry', severity: 'warning', message: 'Cream: 4 left' })
  expect(await notify()).toMatchObject({ queued: 3, sent: 1 })
  await jobs.rows(`update ops.alert set status = 'acknowledged' where alert_id = $1`, [low])
  expect(await notify(89)).toMatchObject({ sent: 0 })
  expect(await notify(90)).toMatchObject({ sent: 1 })
  expect(world.mails[1]).toContain('Cream: 4 left')
  expect(await jobs.rows('select dropped_why from ops.notification_cause where alert_id = $1', [low])).toEqual([
    { dropped_why: 'acknowledged' },
  ])
})

test('what is not worth a message of its own waits for the digest', async () => {
  await seedRoute('maria', { immediate: 'critical' })
  for (const message of ['Milk: 2 left', 'Cream: 4 left'])
    await seedAlert({ type: 'low_shelf', severity: 'warning', message })
  expect(await notify()).toMatchObject({ queued: 2, sent: 0 })
  // Noon to half past seven the next morning.
  expect(await notify(19.5 * 60 - 1)).toMatchObject({ sent: 0 })
  expect(await notify(19.5 * 60)).toMatchObject({ sent: 1 })
  expect(world.mails[0]).toContain('Subject: 2 alerts in Store s1')
})

test('a generic webhook is signed, and chats get what they can show', async () => {
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await seedRoute('slack', { channel: 'slack', address: `${hooks}/slack` })
  await seedRoute('teams', { channel: 'teams', address: `${hooks}/teams` })
  await seedAlert({ message: 'Tea <b>: empty' })
  expect(await notify()).toMatchObject({ sent: 3 })
  const at = (path: string) => world.posts.find((post) => post.path === path)!
  const bus = at('/bus')
  expect(new Webhook(secret).verify(bus.body, bus.headers)).toMatchObject({
    type: 'shelfline.alerts',
    data: { total: 1, alerts: [{ alert_type: 'stock_out', impact: '16.00', currency: 'USD' }] },
  })
  expect(JSON.parse(at('/slack').body).blocks[1].text.text).toContain('Tea &lt;b&gt;: empty')
  expect(JSON.parse(at('/teams').body).attachments[0].content.body[0].text).toBe(
    'critical: Tea \\<b>: empty (Store s1)',
  )
})

test('what no server accepts is retried under the same id, and is dead in the end', async () => {
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await seedAlert()
  answers.post = 503
  expect(await notify()).toMatchObject({ postponed: 1 })
  expect(await notify(1), 'not before its pause is over').toMatchObject({ postponed: 0, sent: 0 })
  await wait()
  answers.post = 200
  expect(await notify(2)).toMatchObject({ queued: 0, sent: 1 })
  expect(new Set(world.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1)

  await seedAlert({ message: 'Milk: empty' })
  answers.post = 503
  for (let attempt = 1; attempt < 12; attempt += 1) {
    expect(await notify(attempt)).toMatchObject({ postponed: 1 })
    await wait()
  }
  expect(await notify(12)).toMatchObject({ dead: 1 })
  const dead = await jobs.rows(`select attempts, last_error from ops.notification where status = 'dead'`)
  expect(dead).toEqual([{ attempts: 12, last_error: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 503$/) }])
})

test('a refusal is final', async () => {
  await seedRoute('maria')
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await seedAlert()
  answers = { mail: 550, post: 410 }
  expect(await notify()).toMatchObject({ sent: 0, dead: 2 })
})

test('two senders at once send a message once', async () => {
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await seedAlert()
  const at = new Date(NOON)
  await Promise.all([composeNotifications(jobs.pool, at), composeNotifications(jobs.pool, at)])
  await Promise.all([sendNotifications(jobs.pool, senders()), sendNotifications(jobs.pool, senders())])
  expect(world.posts).toHaveLength(1)
})

test('more mails than a lease lasts are each sent once, by however many senders', async () => {
  const [mails, routes] = [48, 4]
  for (let route = 0; route < routes; route += 1) await seedRoute(`r${route}`, { address: `r${route}@example.org` })
  await jobs.rows(
    `insert into ops.notification (route_id, kind, content)
     select 'r' || number % $1, 'test', '{"by": "test"}' from generate_series(1, $2) as number`,
    [routes, mails],
  )
  answers.mailMs = 100
  const bounds = { messagesMax: mails, atOnceMax: 2, runMsMax: 60_000, leaseMs: 1_000 }
  let sent = 0
  // Two workers: whichever is idle looks again at once.
  const work = async () => {
    while ((await jobs.rows(`select from ops.notification where status = 'waiting'`)).length > 0) {
      const report = await sendNotifications(jobs.pool, senders(), undefined, undefined, bounds)
      sent += report.sent
    }
  }
  await Promise.all([work(), work()])
  expect(sent).toBe(mails)
  const ids = world.mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail)![1])
  expect([ids.length, new Set(ids).size]).toEqual([mails, mails])
})

test('a run that took its time leaves the rest to the next, unclaimed', async () => {
  await seedRoute('maria')
  await jobs.rows(
    `insert into ops.notification (route_id, kind, content) select 'maria', 'test', '{"by": "test"}' from generate_series(1, 5)`,
  )
  answers.mailMs = 200
  const bounds = { messagesMax: 200, atOnceMax: 8, runMsMax: 100, leaseMs: 60_000 }
  expect(await sendNotifications(jobs.pool, senders(), undefined, undefined, bounds)).toMatchObject({ sent: 1 })
  expect(await jobs.rows(`select from ops.notification where status = 'waiting' and attempts = 0`)).toHaveLength(4)
})

test('a mail server that never comes to an end is left, and its message is retried later', async () => {
  await seedRoute('maria')
  await seedAlert()
  answers.mailMs = 60_000
  await composeNotifications(jobs.pool, new Date(NOON))
  const url = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`
  const hasty = createMailer(mailSettings(url), 300)
  expect(await sendNotifications(jobs.pool, { mailer: hasty, egress: loadSettings(), vault })).toEqual({
    sent: 0,
    postponed: 1,
    dead: 0,
  })
  expect(await jobs.rows('select status, attempts, last_error from ops.notification')).toEqual([
    { status: 'waiting', attempts: 1, last_error: 'mail server: not finished within 300 ms' },
  ])
})

test('a receiver that asks for a pause that is too long is asked again as usual', async () => {
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await seedAlert()
  answers.post = 503
  answers.retryAfter = '1e300'
  expect(await notify()).toMatchObject({ postponed: 1 })
  const pause = `select status, next_attempt_at < now() + interval '2 minutes' as soon from ops.notification`
  expect(await jobs.rows(pause)).toEqual([{ status: 'waiting', soon: true }])
  await wait()
  answers.retryAfter = '9'.repeat(300)
  expect(await notify(1)).toMatchObject({ postponed: 1 })
  expect(await jobs.rows(`select next_attempt_at < now() + interval '25 hours' as soon from ops.notification`)).toEqual(
    [{ soon: true }],
  )
})

test('a message that can not be written is dead with the reason, and the others are sent', async () => {
  await seedRoute('maria')
  await seedRoute('bus', { channel: 'webhook', address: `${hooks}/bus` })
  await jobs.rows(`insert into ops.notification (route_id, kind, content) values
    ('maria', 'immediate', '{"alerts": null, "total": 1}'), ('bus', 'test', '{"by": "test"}')`)
  expect(await sendNotifications(jobs.pool, senders())).toEqual({ sent: 1, postponed: 0, dead: 1 })
  expect(await jobs.rows(`select last_error from ops.notification where status = 'dead'`)).toEqual([
    { last_error: expect.stringMatching(/^the message can't be written: /) },
  ])
})

test('a message whose worker is stopped at each attempt expires too', async () => {
  await seedRoute('maria')
  await jobs.rows(
    `insert into ops.notification (route_id, kind, content, attempts) values ('maria', 'test', '{"by": "x"}', 12)`,
  )
  expect(await sendNotifications(jobs.pool, senders())).toEqual({ sent: 0, postponed: 0, dead: 1 })
  expect(await jobs.rows('select status, last_error from ops.notification')).toEqual([
    { status: 'dead', last_error: expect.stringContaining('no attempt ended') },
  ])
})

test('an order that waits for approval is sent to those who have to approve it, and to the roles above when it is escalated', async () => {
  for (const role of ['buyer', 'senior_buyer'])
    await seedRoute(role, { role, kinds: ['approval'], stores: ['w1'], address: `${role}@example.org` })
  await seedRoute('elsewhere', { role: 'buyer', kinds: ['approval'], stores: ['w2'] })
  await jobs.rows(
    `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value,
       approval_role, created_at, updated_at)
     values ('PO-dairy-w1-20170301', 'dairy', 'w1', '2017-03-01', 'awaiting_approval', 'USD', 1234.5, 'buyer', now(), now())`,
  )
  expect(await notify()).toMatchObject({ queued: 1, sent: 1 })
  expect(world.mails[0]).toContain('To: buyer@example.org')
  expect(world.mails[0]).toContain('Subject: Approve PO-dairy-w1-20170301: dairy, 1,234.50 USD')
  await jobs.rows('update ops.purchase_order set escalated_at = now()')
  expect(await notify(1)).toMatchObject({ queued: 2, sent: 2 })
  expect(world.mails.join()).toContain('To: senior_buyer@example.org')
})

test('at half past seven in the store its manager is notified of the day before, once', async () => {
  await seedRoute('maria', { kinds: ['summary'] })
  await jobs.rows(`select state.ensure_days(array['sales_hour'], array['2017-02-28', '2017-02-21']::date[])`)
  await jobs.rows(
    `insert into state.sales_hour (store_id, product_id, window_start, local_start, units, revenue, returned_units,
       returned_revenue, lines, transactions, entries, exits)
     select 's1', '', day + hour * interval '1 hour', (day + hour * interval '1 hour') at time zone 'America/New_York',
       10, revenue, 0, 0, 10, 8, 16, 16
     from (values ('2017-02-28T00:00-05'::timestamptz, 120), ('2017-02-21T00:00-05', 100)) as days (day, revenue)
     cross join generate_series(9, 18) as hour`,
  )
  const sevenThirty = -4.5 * 60
  expect(await notify(sevenThirty - 1)).toMatchObject({ sent: 0 })
  expect(await notify(sevenThirty)).toMatchObject({ sent: 1 })
  expect(await notify(sevenThirty + 1)).toMatchObject({ sent: 0 })
  const mail = world.mails[0]!.replaceAll(/=\r?\n/g, '')
  expect(mail).toContain('Subject: Store s1: 2017-02-28')
  expect(mail).toContain('Sales: 1,200.00 USD (+20.0 % on the week before).')
  expect(mail).toContain('Sales by hour:')
  expect(mail).toContain('No open alerts.')
  expect(mail).toContain('80 receipts, 160 visitors (50 % bought).')
  expect(mail).toMatch(/filename=summary-2017-02-28\.pdf/)
  expect(mail).toMatch(/filename=summary-2017-02-28\.xlsx/)
})

test('on Monday the week is reviewed when its Sunday is built, once, with its files', async () => {
  await seedRoute('maria', { kinds: ['review'] })
  await seedRoute('eve', { kinds: ['review'], address: 'eve@example.org', stores: null })
  await seedRoute('bus', { kinds: ['review'], channel: 'webhook', address: `${hooks}/bus` })
  await jobs.rows(
    `insert into analytics.dim_store values (1, 's1', 'Store s1', 'east', 'US', 'USD', 'America/New_York', '1900-01-01+00', '9999-12-31+00', true)`,
  )
  await jobs.rows(`select analytics.ensure_partitions('2017-02-01', '2017-03-31')`)
  await jobs.rows(
    `insert into analytics.sales_by_store_day (
       sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount,
       return_lines, returned_quantity, returned_amount
     )
     values ('2017-03-02', 1, 10, 10, 5, 10, 1200, 0, 1200, 0, 0, 0, 0), ('2017-02-23', 1, 10, 10, 5, 10, 1000, 0, 1000, 0, 0, 0, 0)`,
  )
  // Wednesday noon; Monday, half past seven.
  const monday = (4 * 24 + 19.5) * 60
  const built = (day: string) =>
    jobs.rows(
      `insert into ops.partition_ledger (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at)
       values ('fact_sales', $1, 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now())`,
      [day],
    )
  await built('2017-03-04')
  expect(await notify(monday)).toMatchObject({ sent: 0 })
  await built('2017-03-05')
  expect(await notify(monday - 1)).toMatchObject({ sent: 0 })
  expect(await notify(monday)).toMatchObject({ sent: 3 })
  expect(await notify(monday + 1)).toMatchObject({ sent: 0 })
  const mail = world.mails.find((text) => text.includes('To: maria@example.org'))!.replaceAll(/=\r?\n/g, '')
  expect(mail).toContain('Subject: Week of Mon 27 Feb to Sun 5 Mar 2017')
  expect(mail).toContain('Revenue: US$1,200 (+20% on the week before)')
  expect(mail).toMatch(/filename=review-2017-02-27\.pdf/)
  expect(mail).toMatch(/filename=review-2017-02-27\.xlsx/)
  expect(JSON.parse(world.posts[0]!.body)).toMatchObject({ type: 'shelfline.review', data: { from: '2017-02-27' } })
  await jobs.rows(`delete from ops.partition_ledger`)
})

test('a week whose Sunday is missing is reviewed a day later, and names what is missing', async () => {
  await seedRoute('maria', { kinds: ['review'] })
  const tuesday = (5 * 24 + 19.5) * 60
  expect(await notify(tuesday - 1)).toMatchObject({ sent: 0 })
  expect(await notify(tuesday)).toMatchObject({ sent: 1 })
  expect(world.mails[0]!.replaceAll(/=\r?\n/g, '')).toContain('No day of sales was built yet.')
})

test('what was sent a month ago is forgotten when its alert is over, and not before', async () => {
  await seedRoute('maria')
  const over = await seedAlert()
  const lasting = await seedAlert({ message: 'Milk: empty' })
  expect(await notify()).toMatchObject({ queued: 2, sent: 1 })
  const cause = await seedAlert({ message: 'Cream: empty' })
  expect(await notify(1)).toMatchObject({ sent: 1 })
  await jobs.rows(`update ops.alert set status = 'resolved', resolved_at = now() where alert_id = any ($1)`, [
    [over, cause],
  ])
  await jobs.rows(`update ops.notification set created_at = now() - interval '31 days'`)
  expect(await notify(2)).toMatchObject({ queued: 0 })
  expect(await jobs.rows('select alert_id from ops.notification_cause order by alert_id')).toEqual([
    { alert_id: over },
    { alert_id: lasting },
  ])
})
