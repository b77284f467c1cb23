/** Requests and answers as the topics carry them, and as HTTP does. */
import { QUANTILE_NAMES, type SeriesForecast, type SeriesRequest } from '../../../contracts/predictions.ts'
import { parseRawFeatures, type RawFeatures, readRawFeatures } from '../../../contracts/raw-features.ts'
import type { EventOf } from '../../../contracts/topics.ts'
import { QUANTILES, quantileColumn } from '../../../models/forecasting/plan.ts'
import { type Answer, isRefused, type PredictionRequest } from './prediction.ts'

const SOURCE = 'predictor'
const REFUSAL_CHARACTERS_MAX = 200
/** As many digits as the contract has. */
const DIGITS = 6
const MEAN_MAX = 999_999_999

type FeatureRequest = EventOf<'feature_requests'>

/** @param request keeps its contract */
export function requestOf(request: FeatureRequest): PredictionRequest {
  const { store_id: storeId, product_id: productId, target_date, category, department, features } = request
  return {
    storeId,
    productId,
    targetDate: target_date ?? undefined,
    category: category ?? undefined,
    department: department ?? undefined,
    features: features == null ? undefined : (parseRawFeatures(features) as RawFeatures),
  }
}

/** @param nowMs when it is answered, milliseconds since the epoch */
export function messageOf(request: FeatureRequest, answer: Answer, nowMs: number): EventOf<'predictions'> {
  const { event_id, store_id, product_id, event_at: requested_at } = request
  const head = {
    event_id,
    source: SOURCE,
    schema_version: 1,
    event_at: instantAt(nowMs, requested_at),
    ...(request.synthetic === true && { synthetic: true }),
    store_id,
    product_id,
    requested_at,
  }
  if (isRefused(answer) || !(answer.mean <= MEAN_MAX)) {
    const refusal = isRefused(answer) ? answer.refusal : `the forecast ${answer.mean} is too large`
    return {
      ...head,
      model: 'none',
      model_version: 0,
      refusal: refusal.slice(0, REFUSAL_CHARACTERS_MAX).toWellFormed(),
    }
  }
  const { model, version, featuresDate, targetDate, horizon, mean, deviation, quantiles } = answer
  const quantileFields = quantiles?.map((value, index) => [quantileColumn(QUANTILES[index]!), decimal(value)]) ?? []
  return {
    ...head,
    model: model as 'demand',
    model_version: version,
    features_date: featuresDate,
    target_date: targetDate,
    horizon,
    mean: decimal(mean),
    ...(deviation !== null && { deviation: decimal(deviation) }),
    ...Object.fromEntries(quantileFields),
  }
}

const decimal = (value: number): string => Math.min(value, MEAN_MAX).toFixed(DIGITS)

/** With the store's offset, which the request has. */
function instantAt(nowMs: number, requestedAt: string): string {
  const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(requestedAt)![0]
  const minutes =
    offset === 'Z' ? 0 : Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)))
  return new Date(nowMs + minutes * 60_000).toISOString().replace('Z', offset)
}

/** @returns a sentence about what is wrong with its features */
export function askedOf({ features, ...request }: SeriesRequest): PredictionRequest | string {
  if (features === undefined) return request
  const read = readRawFeatures(features)
  return typeof read === 'string' ? read : { ...request, features: read }
}

export function forecastOf({ storeId, productId }: SeriesRequest, answer: Answer): SeriesForecast {
  if (isRefused(answer)) {
    const nothing = {
      featuresDate: null,
      targetDate: null,
      horizon: null,
      mean: null,
      deviation: null,
      quantiles: null,
    }
    return { storeId, productId, model: 'none', modelVersion: 0, ...nothing, refusal: answer.refusal }
  }
  const { version: modelVersion, quantiles, ...forecast } = answer
  const named = quantiles && Object.fromEntries(quantiles.map((value, index) => [QUANTILE_NAMES[index]!, value]))
  return { storeId, productId, modelVersion, ...forecast, quantiles: named, refusal: null }
}
