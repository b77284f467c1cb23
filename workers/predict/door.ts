/** Requests for forecasts by HTTP: `POST /predict` with `{"requests": […]}`. Who may ask for which store is decided by who sends them here. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { Compile } from 'typebox/compile'
import { askedOf, forecastOf } from '../../activities/forecasting/online/messages.ts'
import type { PredictionRequest } from '../../activities/forecasting/online/prediction.ts'
import type { Predictor } from '../../activities/forecasting/online/predictor.ts'
import { type PredictionsAsked, predictionsAsked } from '../../contracts/predictions.ts'
import type { Logger } from '../../platform/log.ts'
import type { PredictorMetrics } from './metrics.ts'

const BODY_BYTES_MAX = 4 * 2 ** 20
const RETRY_AFTER_SECONDS = 1

export interface DoorOptions {
  predictor: Predictor
  metrics: PredictorMetrics
  logger: Logger
  /** Asked of who asks; empty: nothing. */
  token: string
  /** Forecasts that are worked on at once. */
  requestsMax: number
}

const validator = Compile(predictionsAsked)

/** What is wrong with a request, as a problem document (RFC 9457). */
class Refusal extends Error {
  readonly status: 400 | 401 | 413 | 422 | 503
  readonly code: string

  constructor(status: Refusal['status'], code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

export function createDoor({ predictor, metrics, logger, token, requestsMax }: DoorOptions): Hono {
  let underWay = 0
  const app = new Hono()
  const hashOf = (text: string) => createHash('sha256').update(text).digest()
  const wanted = hashOf(`Bearer ${token}`)
  const tooLarge = () => {
    throw new Refusal(413, 'too_large', `the body has more than ${BODY_BYTES_MAX} bytes: send it in parts`)
  }
  app.use(async (context, next) => {
    const startedAt = performance.now()
    await next()
    metrics.observeHttp(context.res.status, performance.now() - startedAt)
  })
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge }))
  app.post('/predict', async (context) => {
    const isKnown = token === '' || timingSafeEqual(wanted, hashOf(context.req.header('authorization') ?? ''))
    if (!isKnown) throw new Refusal(401, 'token', 'the predictor asks for the token of SHELFLINE_PREDICT_TOKEN')
    const { requests } = readBody(await context.req.text())
    if (underWay + requests.length > requestsMax)
      throw new Refusal(
        503,
        'too_many',
        `${underWay} forecasts are being answered, ${requestsMax} at most: ask again later`,
      )
    underWay += requests.length
    try {
      const answers = await predictor.answer(requests.map(readRequest))
      const forecasts = answers.map((answer, index) => forecastOf(requests[index]!, answer))
      metrics.answered(
        'http',
        forecasts.map(({ model }) => model),
      )
      return context.json({ forecasts })
    } finally {
      underWay -= requests.length
    }
  })
  app.notFound((context) => answer(context, 404, 'not_found', 'only POST /predict is served here'))
  app.onError((error, context) => {
    if (error instanceof Refusal) {
      metrics.rejected('http', 1)
      if (error.status === 503) context.header('retry-after', String(RETRY_AFTER_SECONDS))
      return answer(context, error.status, error.code, error.message)
    }
    logger.error({ error: error.message, stack: error.stack }, 'a request for forecasts could not be answered')
    context.header('retry-after', String(RETRY_AFTER_SECONDS))
    return answer(context, 503, 'fault', 'the predictor has a fault: ask again later')
  })
  return app
}

function readBody(text: string): PredictionsAsked {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, 'invalid_json', (error as Error).message)
  }
  if (validator.Check(body)) return body as PredictionsAsked
  const [error] = validator.Errors(body)
  throw new Refusal(422, 'invalid', `${error!.instancePath || 'the body'} ${error!.message}`)
}

function readRequest(request: PredictionsAsked['requests'][number], index: number): PredictionRequest {
  const asked = askedOf(request)
  if (typeof asked === 'string') throw new Refusal(422, 'invalid', `/requests/${index}: ${asked}`)
  return asked
}

const answer = (context: Context, status: 400 | 401 | 404 | 413 | 422 | 503, code: string, detail: string) =>
  context.json({ type: `urn:shelfline:problem:${code}`, title: code.replaceAll('_', ' '), status, detail }, status, {
    'content-type': 'application/problem+json',
  })
