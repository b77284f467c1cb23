import type { IHeaders } from 'kafkajs'
import type { ContractProblem } from '../contracts/parse.ts'
import type { TopicName } from '../contracts/topics.ts'
import type { Pool, PoolClient } from '../platform/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import type { StreamMessage } from './processor.ts'

/** On a replayed message: the letter that it was, and how often it had failed by then. */
export const LETTER_HEADER = 'shelfline-dead-letter'
export const ATTEMPTS_HEADER = 'shelfline-dead-letter-attempts'

/** The origin of a message that no processor could have taken. */
export const CONTRACT_ORIGIN = 'contract'

export type DeadLetterReason = ContractProblem | 'rejected_by_database'

export interface DeadMessage {
  /** `contract`, or the processor that could not apply it. */
  origin: string
  topic: TopicName
  partition: number
  message: StreamMessage
  reason: DeadLetterReason
  error: string
}

const insert = preparedStatement('insert_dead_letters')

/**
 * Keeps messages as dead letters. Doing it twice changes nothing; a replayed message that fails again becomes the
 * letter that it was, open again, with its attempts counted.
 */
export async function keepDeadLetters(client: Pool | PoolClient, dead: readonly DeadMessage[]): Promise<void> {
  if (dead.length === 0) return
  await client.query({
    ...insert,
    values: [
      dead.map(({ origin }) => origin),
      dead.map(({ topic }) => topic),
      dead.map(({ partition }) => partition),
      dead.map(({ message }) => message.offset),
      dead.map(({ message }) => message.key),
      dead.map(({ message }) => message.value),
      dead.map(({ message }) => JSON.stringify(readableHeaders(message.headers))),
      dead.map(({ reason }) => reason),
      dead.map(({ error }) => withoutNul(error)),
      dead.map(({ message }) => new Date(message.knownAtMs)),
      dead.map(({ message }) => wholeNumber(message.headers[LETTER_HEADER])),
      dead.map(({ message }) => wholeNumber(message.headers[ATTEMPTS_HEADER]) ?? 1),
    ],
  })
}

/** PostgreSQL's text can't hold NUL. */
const withoutNul = (value: string): string => value.replaceAll('\u0000', '\ufffd')

const headerText = (value: IHeaders[string]): string => {
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined ? '' : first.toString()
}

export const readableHeaders = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [withoutNul(name), withoutNul(headerText(value))]))

/** Anybody can write a header: what isn't a small whole number is no letter of ours. */
function wholeNumber(value: IHeaders[string]): number | null {
  const text = headerText(value)
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}
