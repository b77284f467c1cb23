import { BlockList, connect, isIP, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type { Settings } from '../settings/settings.ts'
import { trustedAuthorities } from './trusted-authorities.ts'

export interface Mail {
  /** Unique for ever: a mailbox that gets it twice can recognise it. */
  messageId: string
  to: string
  subject: string
  text: string
  html: string
  attachments?: readonly Attachment[]
}

export interface Attachment {
  filename: string
  contentType: string
  content: Uint8Array
}

/** What became of one attempt, in the words of `WebhookOutcome`: a refusal is a 5xx reply of the server. */
export type MailOutcome =
  | { kind: 'accepted' }
  | { kind: 'refused'; reason: string }
  | { kind: 'postponed'; reason: string }

export interface Mailer {
  /**
   * Hands one message to the mail server, once, within `MAIL_MS_MAX`: then the connection is cut, so that nothing is sent
   * now. It never throws: the caller decides how often to try.
   */
  send(mail: Mail): Promise<MailOutcome>
}

/** All of an attempt: the sender has the message for longer than that. */
export const MAIL_MS_MAX = 60_000
const CONNECT_MS_MAX = 10_000
/** Servers that look into a message may take their time before they accept it. */
const SILENCE_MS_MAX = 45_000
/** SMTP's first code that means "not ever" (RFC 5321, 4.2.1). */
const PERMANENT_FROM = 500

const SUBMISSION_PORT = 587
const SUBMISSION_TLS_PORT = 465

const thisMachine = new BlockList()
thisMachine.addSubnet('127.0.0.0', 8)
thisMachine.addAddress('::1', 'ipv6')

/** STARTTLS may be taken out of a server's answer by who is in between: then nothing is sent, not even a password. */
function isTlsRequired({ smtpUrl, smtpTls }: Pick<Settings, 'smtpUrl' | 'smtpTls'>): boolean {
  if (smtpTls !== 'auto') return smtpTls === 'required'
  const host = new URL(smtpUrl).hostname.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(host)
  return host !== 'localhost' && (version === 0 || !thisMachine.check(host, version === 6 ? 'ipv6' : 'ipv4'))
}

const filesOf = (attachments: readonly Attachment[]) =>
  attachments.length === 0
    ? {}
    : { attachments: attachments.map(({ content, ...about }) => ({ ...about, content: Buffer.from(content) })) }

export function createMailer(
  settings: Pick<Settings, 'smtpUrl' | 'smtpTls' | 'mailFrom' | 'caFile'>,
  attemptMsMax = MAIL_MS_MAX,
): Mailer {
  const { smtpUrl, mailFrom } = settings
  return {
    async send({ messageId, attachments = [], ...mail }) {
      let socket: Socket | undefined
      const transport = createTransport(
        {
          url: smtpUrl,
          requireTLS: isTlsRequired(settings),
          tls: trustedAuthorities(settings),
          connectionTimeout: CONNECT_MS_MAX,
          greetingTimeout: CONNECT_MS_MAX,
          socketTimeout: SILENCE_MS_MAX,
          // nodemailer's time-outs are for silence: a server that answers a byte at a time would hold it for ever.
          getSocket: ({ host, port, secure }, done) => {
            const opened = connect({
              host: host!,
              port: Number(port) || (secure ? SUBMISSION_TLS_PORT : SUBMISSION_PORT),
            })
            socket = opened
            const failed = (error: Error) => done(error, false)
            const silent = () => opened.destroy(new Error(`no connection within ${CONNECT_MS_MAX} ms`))
            opened.once('error', failed)
            opened.setTimeout(CONNECT_MS_MAX, silent)
            opened.once('connect', () => {
              opened.off('error', failed).setTimeout(0).off('timeout', silent)
              done(null, { connection: opened })
            })
          },
        },
        { from: mailFrom },
      )
      const late = new Error(`not finished within ${attemptMsMax} ms`)
      const cut = Promise.withResolvers<never>()
      const timer = setTimeout(() => {
        socket?.destroy(late)
        cut.reject(late)
      }, attemptMsMax)
      try {
        await Promise.race([
          transport.sendMail({ ...mail, ...filesOf(attachments), messageId: `<${messageId}@shelfline>` }),
          cut.promise,
        ])
        return { kind: 'accepted' }
      } catch (error) {
        socket?.destroy()
        const { responseCode = 0, message } = error as Error & { responseCode?: number }
        return { kind: responseCode >= PERMANENT_FROM ? 'refused' : 'postponed', reason: `mail server: ${message}` }
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
