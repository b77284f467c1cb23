import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../platform/log.ts'

const DATA_CLASSES = [
  '21', // cardinality violation
  '22', // data exception
  '23', // integrity constraint violation
  '54', // program limit exceeded
]
const DATA_CODES = ['P0001'] // raise exception

const PASSING_CLASSES = [
  '08', // connection exception
  '40', // rollback: serialization failure, deadlock
  '53', // insufficient resources
  '55', // object not in prerequisite state: lock not available
  '57', // operator intervention: shutdown, restart
  '58', // system error
]

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code

/** The statement fails on the data it was given, and would again. */
export function isDataError(error: unknown): boolean {
  const code = codeOf(error)
  return (
    code !== undefined && code.length === 5 && (DATA_CLASSES.includes(code.slice(0, 2)) || DATA_CODES.includes(code))
  )
}

/** Work on messages failed on what is in them: in the database, or before it, in our own code. */
export function isMessageError(error: unknown): boolean {
  return isDataError(error) || isCodeError(error)
}

/** Thrown by the language itself: a value of an unexpected type, a recursion too deep, a text too long. */
const isCodeError = (error: unknown): boolean =>
  error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError

/** A transaction needs more locks or memory than the server has: a smaller one may do. */
export const isExhaustion = (error: unknown): boolean => codeOf(error) === '53200'

/** It may go well the next time: the connection broke, the server restarts, two transactions were in each other's way. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error)
  if (isCodeError(error)) return false
  if (code === undefined) return /connection|timeout|terminated/i.test((error as Error).message ?? '')
  if (code.length === 5 && /^[0-9A-Z]{5}$/.test(code)) return PASSING_CLASSES.includes(code.slice(0, 2))
  return code.startsWith('E') // a socket's error, such as ECONNREFUSED
}

export interface RetryBounds {
  attemptsMax: number
  pauseMsMin: number
  pauseMsMax: number
}

/** A little over a minute in all: a server that restarts is waited for, one that is gone ends the worker. */
const bounds: RetryBounds = { attemptsMax: 20, pauseMsMin: 50, pauseMsMax: 5_000 }

/** Runs `work` again while it fails for a reason that passes, with pauses that double up to a bound. */
export async function retryPassing<Result>(
  logger: Logger,
  work: () => Promise<Result>,
  { attemptsMax, pauseMsMin, pauseMsMax } = bounds,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || attempt === attemptsMax) throw error
      logger.warn({ error: (error as Error).message, attempt, attemptsMax }, 'PostgreSQL: retrying')
      const longest = Math.min(pauseMsMax, pauseMsMin * 2 ** (attempt - 1))
      await pause(longest * (0.5 + Math.random() / 2))
    }
  }
}
