/** Messages that were or will be sent by routes. */
import { type Notice, plainText, subjectOf } from '../../activities/notifications/message.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice, requireCount } from '../values.ts'

export { composeNotifications } from '../../activities/notifications/notifications.ts'

export const messageStatuses = ['waiting', 'sent', 'dead'] as const
export type MessageStatus = (typeof messageStatuses)[number]

/** Messages that are retried at once. */
const MESSAGES_MAX = 1_000

export interface MessageFilter extends PageRequest {
  status?: MessageStatus
  route?: string
}

export interface ListedMessage {
  notificationId: string
  route: string
  status: MessageStatus
  attempts: number
  createdAt: Date
  nextAttemptAt: Date
  lastError: string | null
  notice: Notice
  subject: string
}

export interface NotificationMessage extends ListedMessage {
  /** As plain text. */
  text: string
}

/**
 * Messages, the newest first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listMessages(pool: Pool, filter: MessageFilter = {}): Promise<Page<ListedMessage>> {
  const { status, route } = filter
  if (status !== undefined) requireChoice('status', status, messageStatuses)
  const limit = limitOf(filter)
  const values = [status ?? null, route ?? null, null, limit + 1, ...keyBefore(filter, ['timestamptz', 'uuid'])]
  const { rows } = await pool.query<MessageRow>(statement('notifications/list.sql'), values)
  const { items, next } = pageOf(rows, limit, ({ place }) => place)
  return { items: items.map(listed), next }
}

type MessageRow = Omit<ListedMessage, 'subject'> & { place: string[] }

const listed = ({ place, ...row }: MessageRow): ListedMessage => ({ ...row, subject: subjectOf(row.notice) })

/**
 * @param beginning at least four characters of its id
 * @throws NotFoundError when no message begins so, ConflictError when more than one does
 */
export async function readMessage(pool: Pool, beginning: string): Promise<NotificationMessage> {
  if (!/^[0-9a-f-]{4,36}$/.test(beginning)) {
    throw new InvalidError(`message "${beginning}" is not at least four characters of an id`)
  }
  const values = [null, null, beginning, 2, null, null]
  const { rows } = await pool.query<MessageRow>(statement('notifications/list.sql'), values)
  if (rows.length === 0) throw new NotFoundError('message', beginning)
  if (rows.length > 1) {
    throw new ConflictError(`more than one message begins with ${beginning}`, { fix: 'give more of its id' })
  }
  const message = listed(rows[0]!)
  return { ...message, text: plainText(message.notice) }
}

/**
 * Sends dead messages again, under the same ids: all of them or none.
 *
 * @param beginnings of their ids, as for `readMessage`; 1 to 1,000
 * @returns their ids
 * @throws ConflictError when one is not dead; else as `readMessage`; nothing was changed
 */
export async function retryMessages(pool: Pool, beginnings: readonly string[]): Promise<string[]> {
  requireCount('messages', beginnings.length, 1, MESSAGES_MAX)
  const messages: ListedMessage[] = []
  for (const beginning of beginnings) messages.push(await readMessage(pool, beginning))
  const alive = messages.filter(({ status }) => status !== 'dead')
  if (alive.length > 0) {
    const named = alive.map(({ notificationId, status }) => `${notificationId.slice(0, 8)} is ${status}`).join(', ')
    throw new ConflictError(`${named}; only dead messages can be retried, nothing was changed`)
  }
  const ids = messages.map(({ notificationId }) => notificationId)
  await pool.query(statement('notifications/retry.sql'), [ids])
  return ids
}
