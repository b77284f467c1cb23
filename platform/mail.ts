import { createTransport } from 'nodemailer'
import { redact } from './redact.ts'
import type { Settings } from './settings.ts'

export interface Mail {
  /** Unique for ever: a mailbox that gets it twice can tell. */
  messageId: string
  to: string
  subject: string
  text: string
  html: string
}

/** What became of one attempt, in the words of `WebhookOutcome`: a refusal is what the server says with 5xx. */
export type MailOutcome =
  | { kind: 'accepted' }
  | { kind: 'refused'; reason: string }
  | { kind: 'postponed'; reason: string }

export interface Mailer {
  /** Hands one message to the mail server, once. It never throws: who calls decides how often to try. */
  send(mail: Mail): Promise<MailOutcome>
}

const TIMEOUT_MS = 10_000
/** SMTP's first code that means "not ever" (RFC 5321, 4.2.1). */
const PERMANENT_FROM = 500

export function createMailer({ smtpUrl, mailFrom }: Pick<Settings, 'smtpUrl' | 'mailFrom'>): Mailer {
  const transport = createTransport(
    { url: smtpUrl, connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    { from: mailFrom },
  )
  return {
    async send({ messageId, ...mail }) {
      try {
        await transport.sendMail({ ...mail, messageId: `<${messageId}@shelfline>` })
        return { kind: 'accepted' }
      } catch (error) {
        const { responseCode = 0, message } = error as Error & { responseCode?: number }
        return {
          kind: responseCode >= PERMANENT_FROM ? 'refused' : 'postponed',
          reason: redact(`mail server: ${message}`),
        }
      }
    },
  }
}
