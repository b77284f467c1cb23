/** How a notification leaves: by mail, or by a POST in the shape that the receiver knows. */

import type { EgressRules } from '../../platform/http/egress.ts'
import type { Mailer } from '../../platform/http/mail.ts'
import { sendWebhook } from '../../platform/http/webhook.ts'
import type { Vault } from '../../platform/vault.ts'
import { attachmentsOf } from './attachments.ts'
import { html, type Notice, plainText, slackMessage, subjectOf, teamsMessage } from './message.ts'

export interface Route {
  routeId: string
  channel: 'email' | 'teams' | 'slack' | 'webhook'
  address: string
  secret: string | null
}

export type Delivery =
  | { kind: 'accepted' }
  | { kind: 'refused'; reason: string }
  | { kind: 'postponed'; reason: string; retryAfterMs?: number }

/** A notice and the id under which it is sent, however often that is. */
export type Message = Notice & { notificationId: string; createdAt: Date }

type Secrets = Pick<Route, 'channel' | 'address' | 'secret'>

const contextOf = (routeId: string): string => `route ${routeId}`

/** A route as it is kept: the address of a webhook is a secret too, that of a mail is not. */
export function sealedRoute(
  vault: Vault,
  routeId: string,
  { channel, address, secret }: Secrets,
): Omit<Secrets, 'channel'> {
  const seal = (text: string) => vault.seal(text, contextOf(routeId))
  return { address: channel === 'email' ? address : seal(address), secret: secret === null ? null : seal(secret) }
}

/** @throws Error when the key is another one */
export function openedRoute(
  vault: Vault,
  routeId: string,
  { address, secret }: Omit<Secrets, 'channel'>,
): Omit<Secrets, 'channel'> {
  const open = (text: string) => vault.open(text, contextOf(routeId))
  return { address: open(address), secret: secret === null ? null : open(secret) }
}

/** What messages leave by. */
export interface Senders {
  mailer: Mailer
  /** What the secrets of routes are encrypted with. */
  vault: Vault
  /** Where webhooks may go. */
  egress: EgressRules
}

/** One attempt to hand a message over; it never throws. A message that can't be written is refused: it never can be. */
export async function deliver(
  senders: Senders,
  route: Route,
  message: Message,
  signal?: AbortSignal,
): Promise<Delivery> {
  try {
    return await handOver(senders, route, message, signal)
  } catch (error) {
    return { kind: 'refused', reason: `the message can't be written: ${(error as Error).message}` }
  }
}

async function handOver(
  { mailer, egress }: Senders,
  route: Route,
  message: Message,
  signal?: AbortSignal,
): Promise<Delivery> {
  const { notificationId: id } = message
  const post = (body: object, secrets?: readonly string[]) =>
    sendWebhook({ url: route.address, id, body, secrets, ...(signal && { signal }) }, egress)
  switch (route.channel) {
    case 'email':
      return mailer.send({
        messageId: id,
        to: route.address,
        subject: subjectOf(message),
        text: plainText(message),
        html: html(message),
        attachments: await attachmentsOf(message),
      })
    case 'slack':
      return post(slackMessage(message))
    case 'teams':
      return post(teamsMessage(message))
    case 'webhook':
      return post(webhookBody(message), route.secret === null ? [] : [route.secret])
  }
}

const TYPES: Record<Notice['kind'], string> = {
  immediate: 'shelfline.alerts',
  digest: 'shelfline.alerts',
  approval: 'shelfline.approvals',
  summary: 'shelfline.summary',
  review: 'shelfline.review',
  test: 'shelfline.test',
}

/** For programs: type, time and data, as Standard Webhooks recommends. */
const webhookBody = ({ kind, content, createdAt }: Message): object => ({
  type: TYPES[kind],
  timestamp: createdAt.toISOString(),
  data: content,
})
