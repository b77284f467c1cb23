/** Rules about what does not leave the house: messages for Kafka, notifications for people. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes } from '../jobs/testing.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterEach(async () => {
  for (const table of ['ops.unsent_message', 'ops.relay_problem', 'ops.outbox', 'ops.alert', 'ref.notification_route'])
    await jobs.rows(`delete from ${table}`)
})
afterAll(() => jobs?.close())

const alerts = (status = 'open') =>
  jobs.rows<{ severity: string; message: string }>(
    `select severity, message from ops.alert where alert_type like 'unsent%' and status = $1 order by alert_id`,
    [status],
  )
const observe = (minute: number) => jobs.run('observe_alerts', minutes(minute))

test('a message that was set aside is an alert until a person has decided', async () => {
  await jobs.rows(`insert into ops.unsent_message (relay, topic, key, payload, bytes, reason, error)
    select 'outbox', 'warehouse_events', 'w1', '{}', 2000000, 'too_large', 'larger than the max message size'
    from generate_series(1, 2)`)
  await observe(0)
  expect(await alerts()).toEqual([
    {
      severity: 'critical',
      message: 'Kafka rejects 2 messages for warehouse_events (too large). See: shelfline outbox list',
    },
  ])
  expect(await jobs.sent('alerts')).toMatchObject([{ alert_type: 'unsent_messages', store_id: '*' }])
  await jobs.rows(`update ops.unsent_message set status = 'discarded', settled_at = now()`)
  await observe(2)
  expect(await alerts()).toEqual([])
  expect(await alerts('resolved')).toHaveLength(1)
})

test('a topic that can not be sent to is an alert after five minutes, while messages wait for it', async () => {
  const failing = (minutesAgo: number) =>
    jobs.rows(
      `insert into ops.relay_problem (relay, topic, first_failed_at, next_attempt_at, error)
       values ('outbox', 'shelf_events', now() - $1 * interval '1 minute', now(), 'This server does not host it')
       on conflict (relay, topic) do update set first_failed_at = excluded.first_failed_at`,
      [minutesAgo],
    )
  await failing(4)
  await jobs.rows(`select ops.emit('shelf_events', 's1', '{}')`)
  await observe(0)
  expect(await alerts()).toEqual([])
  await failing(6)
  await observe(1)
  expect(await alerts()).toEqual([
    { severity: 'critical', message: expect.stringMatching(/^Sending to shelf_events has failed since .* UTC: This server/) },
  ])
  await jobs.rows('delete from ops.outbox')
  await observe(3)
  expect(await alerts()).toEqual([])
})

test('a route that the last notification did not reach is an alert until one reaches it', async () => {
  await jobs.rows(`insert into ref.notification_route (route_id, channel, address, role, kinds, minimum_severity,
      immediate_from, digest_at, time_zone, changed_by)
    values ('maria', 'email', 'maria@example.org', 'buyer', '{alert}', 'warning', 'warning', '07:30', 'UTC', 'test')`)
  const notification = (status: string, minutesAgo: number) =>
    jobs.rows(
      `insert into ops.notification (route_id, kind, content, status, attempts, last_error, next_attempt_at, sent_at)
       values ('maria', 'immediate', '{}', $1, 12, 'mail server: no', now() - $2 * interval '1 minute',
         case when $1 = 'sent' then now() end)`,
      [status, minutesAgo],
    )
  await notification('sent', 30)
  await notification('dead', 40)
  await observe(0)
  expect(await alerts(), 'one came through since').toEqual([])
  await notification('dead', 20)
  await observe(1)
  expect(await alerts()).toEqual([
    {
      severity: 'critical',
      message:
        '1 notification by email failed: mail server: no. See: shelfline notify list --status dead --route maria',
    },
  ])
  await notification('sent', 10)
  await observe(3)
  expect(await alerts()).toEqual([])
})
