/** Forecasts that are asked for one by one: the predictor answers them. */

import { PREDICTIONS_MAX, type PredictionsAnswered, type PredictionsAsked } from '../../contracts/predictions.ts'
import { failureReason } from '../../platform/http/failure.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { ForbiddenError, InvalidError, UnavailableError } from '../errors.ts'

/** The predictor answers in milliseconds; one that does not is not there. */
const ANSWER_MS_MAX = 10_000

type PredictorAddress = Pick<Settings, 'predictUrl' | 'predictToken'>

/** @throws ForbiddenError naming the first of the stores that the person does not see */
export async function requireSeen(pool: Pool, storeIds: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ storeId: string }>(statement('forecasting/stores_not_seen.sql'), [
    [...new Set(storeIds)],
  ])
  if (rows[0] !== undefined) throw new ForbiddenError(`store ${rows[0].storeId} is not among those that you see`)
}

/**
 * One forecast for each request, in their order; one that can't be given has a `refusal`.
 *
 * @param requests 1 to 1,000
 * @throws InvalidError when the predictor refuses them
 * @throws UnavailableError when no predictor answers, or it has too much to do
 */
export async function predict(
  { predictUrl, predictToken }: PredictorAddress,
  { requests }: PredictionsAsked,
): Promise<PredictionsAnswered> {
  if (requests.length < 1 || requests.length > PREDICTIONS_MAX) {
    throw new InvalidError(`has ${requests.length} entries`, { field: 'requests', fix: `give 1 to ${PREDICTIONS_MAX}` })
  }
  const response = await fetch(new URL('/predict', predictUrl), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(predictToken !== '' && { authorization: `Bearer ${predictToken}` }),
    },
    body: JSON.stringify({ requests }),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch((error: Error) => {
    throw new UnavailableError(`the predictor at ${predictUrl} does not answer (${failureReason(error)})`, {
      fix: '`shelfline worker predict` starts one',
    })
  })
  if (response.ok) return (await response.json()) as PredictionsAnswered
  const detail = await response.json().then(
    (problem) => (problem as { detail?: string }).detail,
    () => undefined,
  )
  const problem = detail ?? `the predictor at ${predictUrl} answered ${response.status}`
  if (response.status === 422) throw new InvalidError(problem)
  throw new UnavailableError(problem)
}
