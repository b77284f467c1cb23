/** Actions with an `Idempotency-Key`: sent again, they are answered again and not done again. */
import type { Context } from 'hono'
import { actingAs } from '../../platform/postgres/acting.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import {
  type Answer,
  beginRequest,
  type KeyedRequest,
  keepAnswer,
  releaseRequest,
} from '../../services/access/requests.ts'
import { InvalidError, ServiceError, UnavailableError } from '../../services/errors.ts'
import type { Visitor } from '../definition.ts'
import { texts } from '../texts.ts'
import { ApiRefusal, problemOf } from './problem.ts'

export const KEY_HEADER = 'idempotency-key'
const KEY_CHARACTERS_MAX = 200
const RETRY_S = '1'

interface KeyedAction {
  pool: Pool
  visitor: Visitor
  body: string
  secrets?: readonly string[] | undefined
}

/**
 * Does something once for a key of a person. Its answer is kept for a day, also when it is a refusal by the state of things; what was
 * impossible or failed may be asked again with the same key.
 *
 * @param secrets of the answer: they are given once, and not again
 * @throws ApiRefusal when the key is in use, or identifies another request
 */
export async function onceForKey(
  context: Context,
  { pool, visitor, body, secrets = [] }: KeyedAction,
  run: () => Promise<object>,
): Promise<Answer & { isReplayed: boolean }> {
  const key = context.req.header(KEY_HEADER)
  if (key === undefined) return { status: 200, body: JSON.stringify(await run()), isReplayed: false }
  if (key === '' || key.length > KEY_CHARACTERS_MAX) throw new ApiRefusal(400, 'invalid', texts.errors.keyTooLong)
  const acting = actingAs(pool, visitor.person)
  const request: KeyedRequest = { person: visitor.person, key, path: context.req.path, body }
  const begun = await beginRequest(acting, request)
  if (begun === 'running') {
    throw new ApiRefusal(409, 'request_running', texts.errors.keyRunning, { headers: { 'retry-after': RETRY_S } })
  }
  if (begun === 'other') {
    throw new ApiRefusal(422, 'key_reused', texts.errors.keyOther, { fix: texts.errors.keyFix })
  }
  if (begun !== 'begun') return { ...begun, isReplayed: true }
  try {
    const output = await run()
    const kept = Object.fromEntries(Object.entries(output).filter(([name]) => !secrets.includes(name)))
    await keepAnswer(acting, request, { status: 200, body: JSON.stringify(Array.isArray(output) ? output : kept) })
    return { status: 200, body: JSON.stringify(output), isReplayed: false }
  } catch (error) {
    if (!(error instanceof ServiceError) || error instanceof InvalidError || error instanceof UnavailableError) {
      await releaseRequest(acting, request)
      throw error
    }
    const problem = problemOf(error, '')
    await keepAnswer(acting, request, { status: problem.status, body: JSON.stringify(problem) })
    throw error
  }
}
