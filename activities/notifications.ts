/** People and systems hear of alerts, approvals and the day: each cause once per route, until somebody takes it. */

import { createLimit } from '../platform/limit.ts'
import { createMailer, type Mailer } from '../platform/mail.ts'
import type { Pool } from '../platform/postgres.ts'
import { statement } from '../platform/sql.ts'
import type { BatchDependencies } from './dependencies.ts'
import { currentLife, whilePulsing } from './life.ts'
import type { BatchMetrics } from './metrics.ts'
import { deliver, type Message, type Route } from './notification-channels.ts'

const queueing = [statement('notifications/queue_alerts.sql'), statement('notifications/queue_approvals.sql')]
const statements = {
  dropCauses: statement('notifications/drop_causes.sql'),
  compose: statement('notifications/compose.sql'),
  composeSummaries: statement('notifications/compose_summaries.sql'),
  claim: statement('notifications/claim.sql'),
  settle: statement('notifications/settle.sql'),
  prune: statement('notifications/prune.sql'),
}

/** Bounds of one run; the rest waits for the next minute. */
const CAUSES_MAX = 5_000
const SUMMARIES_MAX = 500
const MESSAGES_MAX = 200
const SENT_AT_ONCE_MAX = 8
/** Whoever has more than this to look at opens the list instead. */
const SHOWN_MAX = 40

/** Longer than a run takes: a message that a killed worker was sending is sent again after it. */
const LEASE_MS = 600_000
/** The pauses between the attempts are 1, 2, 4 … 60 minutes: twelve take some seven hours. */
const ATTEMPTS_MAX = 12
const PAUSE_MS_MIN = 60_000
const PAUSE_MS_MAX = 3_600_000

export interface NotificationReport {
  /** The instant that causes were looked at for: simulated while a simulation's clock runs. */
  asOf: string
  /** Causes that are new. */
  queued: number
  /** Messages that somebody took, that will be tried again, and that nobody will take. */
  sent: number
  postponed: number
  dead: number
}

/**
 * Looks for what is new, and makes messages of what is due.
 *
 * @returns causes that are new
 */
export async function composeNotifications(pool: Pool, asOf: Date): Promise<number> {
  let queued = 0
  for (const query of queueing) queued += (await pool.query(query, [asOf, CAUSES_MAX])).rowCount ?? 0
  await pool.query(statements.dropCauses, [CAUSES_MAX])
  await pool.query(statements.compose, [asOf, SHOWN_MAX])
  await pool.query(statements.composeSummaries, [asOf, SUMMARIES_MAX])
  await pool.query(statements.prune, [CAUSES_MAX, asOf])
  return queued
}

/** Sends what waits. What can't be sent now is tried again later; what is refused for good is dead. */
export async function sendNotifications(
  pool: Pool,
  mailer: Mailer,
  metrics?: Pick<BatchMetrics, 'notificationTried'>,
  signal?: AbortSignal,
): Promise<Pick<NotificationReport, 'sent' | 'postponed' | 'dead'>> {
  const report = { sent: 0, postponed: 0, dead: 0 }
  const claimed = await pool.query<Message & Route & { attempts: number }>(statements.claim, [MESSAGES_MAX, LEASE_MS])
  const limit = createLimit(SENT_AT_ONCE_MAX)
  const send = async (message: (typeof claimed.rows)[number]) => {
    const delivery = await deliver(mailer, message, message, signal)
    const status = statusAfter(delivery.kind, message.attempts)
    const backoffMs = Math.min(PAUSE_MS_MIN * 2 ** (message.attempts - 1), PAUSE_MS_MAX)
    const pauseMs = delivery.kind === 'postponed' ? Math.max(delivery.retryAfterMs ?? 0, backoffMs) : 0
    const error = delivery.kind === 'accepted' ? null : delivery.reason
    await pool.query(statements.settle, [message.notificationId, status, error, pauseMs])
    metrics?.notificationTried(message.channel, status)
    report[status === 'waiting' ? 'postponed' : status] += 1
  }
  await Promise.all(claimed.rows.map((message) => limit(() => send(message))))
  return report
}

function statusAfter(outcome: 'accepted' | 'refused' | 'postponed', attempts: number): 'sent' | 'waiting' | 'dead' {
  if (outcome === 'accepted') return 'sent'
  return outcome === 'refused' || attempts >= ATTEMPTS_MAX ? 'dead' : 'waiting'
}

export function createNotificationActivities({ pool, settings, metrics, logger }: BatchDependencies) {
  const mailer = createMailer(settings)
  return {
    notify: (): Promise<NotificationReport> => {
      const { heartbeat, signal } = currentLife()
      return whilePulsing(heartbeat, async () => {
        const { rows } = await pool.query<{ asOf: Date }>('select ops.now() as "asOf"')
        const { asOf } = rows[0]!
        const queued = await composeNotifications(pool, asOf)
        const sent = await sendNotifications(pool, mailer, metrics, signal)
        if (sent.dead > 0) logger.error(sent, 'notifications that nobody takes: `shelfline notify list --status dead`')
        return { asOf: asOf.toISOString(), queued, ...sent }
      })
    },
  }
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>
