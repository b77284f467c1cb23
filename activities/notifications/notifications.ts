/** People and systems are notified of alerts, approvals and the day: each cause once per route, until it is accepted. */

import pLimit from 'p-limit'
import { createMailer, MAIL_MS_MAX } from '../../platform/http/mail.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { createVault } from '../../platform/vault.ts'
import { currentLife, whilePulsing } from '../activity-context.ts'
import type { BatchDependencies } from '../dependencies.ts'
import type { BatchMetrics } from '../metrics.ts'
import { readReview, type WeekReview } from '../reports/review.ts'
import { deliver, type Message, openedRoute, type Route, type Senders } from './channels.ts'

const queueing = [statement('notifications/queue_alerts.sql'), statement('notifications/queue_approvals.sql')]
const statements = {
  dropCauses: statement('notifications/drop_causes.sql'),
  compose: statement('notifications/compose.sql'),
  composeSummaries: statement('notifications/compose_summaries.sql'),
  dueReviews: statement('notifications/due_reviews.sql'),
  recordReview: statement('notifications/record_review.sql'),
  claim: statement('notifications/claim.sql'),
  giveUp: statement('notifications/give_up.sql'),
  settle: statement('notifications/settle.sql'),
  prune: statement('notifications/prune.sql'),
}

/** Bounds of one run; the rest waits for the next minute. */
const CAUSES_MAX = 5_000
const SUMMARIES_MAX = 500
const REVIEWS_MAX = 50
/** A person who has more than this to look at opens the list instead. */
const SHOWN_MAX = 40

export interface SendBounds {
  messagesMax: number
  /** To different routes: one that is slow holds up only itself. */
  atOnceMax: number
  /** After this no further message is begun. */
  runMsMax: number
  /**
   * How long a message belongs to its sender, from its own beginning on: twice what an attempt may take, so that no one
   * else sends it meanwhile. A message that a killed worker was sending is sent again after it.
   */
  leaseMs: number
}

const bounds: SendBounds = { messagesMax: 200, atOnceMax: 8, runMsMax: 45_000, leaseMs: 2 * MAIL_MS_MAX }

/** The pauses between the attempts are 1, 2, 4 … 60 minutes: twelve take some seven hours. */
const ATTEMPTS_MAX = 12
const PAUSE_MS_MIN = 60_000
const PAUSE_MS_MAX = 3_600_000

export interface NotificationReport {
  /** The instant that causes were looked at for: simulated while a simulation's clock runs. */
  asOf: string
  /** Causes that are new. */
  queued: number
  /** Messages that were accepted, that will be retried, and that are dead. */
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
  await composeReviews(pool, asOf)
  await pool.query(statements.prune, [CAUSES_MAX, asOf])
  return queued
}

/** Routes of the same stores have the same review: it is read once. */
async function composeReviews(pool: Pool, asOf: Date): Promise<void> {
  const due = await pool.query<{ routeId: string; stores: string[] | null; monday: string }>(statements.dueReviews, [
    asOf,
    REVIEWS_MAX,
  ])
  const reviews = new Map<string, Promise<WeekReview>>()
  for (const { routeId, stores, monday } of due.rows) {
    const key = JSON.stringify([monday, stores])
    const review = reviews.get(key) ?? readReview(pool, monday, stores)
    reviews.set(key, review)
    await pool.query(statements.recordReview, [routeId, monday, asOf, await review])
  }
}

/**
 * Sends what waits. What can't be sent now is retried later; what is refused for good, or was tried too often, is dead.
 * A message is taken when its turn has come and not before, so that its lease outlasts it however many there are.
 *
 * @throws the first error of the database, when what was begun has ended
 */
export async function sendNotifications(
  pool: Pool,
  senders: Senders,
  metrics?: Pick<BatchMetrics, 'notificationTried'>,
  signal?: AbortSignal,
  { messagesMax, atOnceMax, runMsMax, leaseMs } = bounds,
): Promise<Pick<NotificationReport, 'sent' | 'postponed' | 'dead'>> {
  const report = { sent: 0, postponed: 0, dead: 0 }
  const endsAt = performance.now() + runMsMax
  const busyRoutes = new Set<string>()
  let left = messagesMax
  const count = (channel: string, status: 'sent' | 'waiting' | 'dead') => {
    metrics?.notificationTried(channel, status)
    report[status === 'waiting' ? 'postponed' : status] += 1
  }
  const claim = async (): Promise<ClaimedMessage | undefined> => {
    if (left === 0 || signal?.aborted || performance.now() > endsAt) return undefined
    left -= 1
    const { rows } = await pool.query<ClaimedMessage>(statements.claim, [[...busyRoutes], leaseMs])
    if (rows[0] !== undefined) busyRoutes.add(rows[0].routeId)
    return rows[0]
  }
  // One after the other: two at once would take messages of one route.
  const claimInTurn = pLimit(1)
  const lane = async () => {
    for (;;) {
      const message = await claimInTurn(claim)
      if (message === undefined) return
      const status = await sendMessage(pool, senders, message, signal).finally(() => busyRoutes.delete(message.routeId))
      count(message.channel, status)
    }
  }
  const givenUp = await pool.query<{ channel: string }>(statements.giveUp, [ATTEMPTS_MAX])
  for (const { channel } of givenUp.rows) count(channel, 'dead')
  const lanes = await Promise.allSettled(Array.from({ length: atOnceMax }, lane))
  for (const end of lanes) if (end.status === 'rejected') throw end.reason
  return report
}

type ClaimedMessage = Message & Route & { attempts: number }

/** One attempt, and what became of it. */
async function sendMessage(
  pool: Pool,
  senders: Senders,
  message: ClaimedMessage,
  signal?: AbortSignal,
): Promise<'sent' | 'waiting' | 'dead'> {
  const route = { ...message, ...openedRoute(senders.vault, message.routeId, message) }
  const delivery = await deliver(senders, route, message, signal)
  const status = statusAfter(delivery.kind, message.attempts)
  const backoffMs = Math.min(PAUSE_MS_MIN * 2 ** Math.min(message.attempts - 1, 16), PAUSE_MS_MAX)
  const pauseMs =
    status === 'waiting' && delivery.kind === 'postponed' ? Math.max(delivery.retryAfterMs ?? 0, backoffMs) : 0
  const error = delivery.kind === 'accepted' ? null : delivery.reason
  await pool.query(statements.settle, [message.notificationId, status, error, pauseMs])
  return status
}

function statusAfter(outcome: 'accepted' | 'refused' | 'postponed', attempts: number): 'sent' | 'waiting' | 'dead' {
  if (outcome === 'accepted') return 'sent'
  return outcome === 'refused' || attempts >= ATTEMPTS_MAX ? 'dead' : 'waiting'
}

export function createNotificationActivities({ pool, settings, metrics, logger }: BatchDependencies) {
  const senders = { mailer: createMailer(settings), egress: settings, vault: createVault(settings) }
  return {
    notify: (): Promise<NotificationReport> => {
      const { heartbeat, signal } = currentLife()
      return whilePulsing(heartbeat, async () => {
        const { rows } = await pool.query<{ asOf: Date }>('select ops.now() as "asOf"')
        const { asOf } = rows[0]!
        // What was made before is sent also when nothing new can be made.
        const [composed] = await Promise.allSettled([composeNotifications(pool, asOf)])
        const sent = await sendNotifications(pool, senders, metrics, signal)
        if (composed.status === 'rejected') throw composed.reason
        const queued = composed.value
        if (sent.dead > 0)
          logger.error(sent, 'notifications are dead; to see the errors: shelfline notify list --status dead')
        return { asOf: asOf.toISOString(), queued, ...sent }
      })
    },
  }
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>
