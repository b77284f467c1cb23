/** Forecasts that are asked for by HTTP: what a program sends and gets. */
import { type Static, Type } from 'typebox'

export const PREDICTIONS_MAX = 1_000
const ID_CHARACTERS_MAX = 200

const day = Type.String({ format: 'date' })
const id = Type.String({ minLength: 1, maxLength: ID_CHARACTERS_MAX })
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

/** One request. */
export const seriesRequest = Type.Object({
  storeId: id,
  productId: id,
  targetDate: Type.Optional(day),
  category: Type.Optional(Type.String({ maxLength: ID_CHARACTERS_MAX })),
  department: Type.Optional(Type.String({ maxLength: ID_CHARACTERS_MAX })),
  /** Checked by `readRawFeatures`. */
  features: Type.Optional(Type.Unsafe<Record<string, unknown>>({ type: 'object' })),
})
export type SeriesRequest = Static<typeof seriesRequest>

export const predictionsAsked = Type.Object({
  requests: Type.Array(seriesRequest, { minItems: 1, maxItems: PREDICTIONS_MAX }),
})
export type PredictionsAsked = Static<typeof predictionsAsked>

export const QUANTILE_NAMES = ['q05', 'q10', 'q25', 'q50', 'q75', 'q90', 'q95'] as const

const number = Type.Number()
export const seriesForecast = Type.Object({
  storeId: id,
  productId: id,
  model: Type.String(),
  modelVersion: Type.Integer(),
  featuresDate: nullable(day),
  targetDate: nullable(day),
  horizon: nullable(Type.Integer()),
  mean: nullable(number),
  deviation: nullable(number),
  quantiles: nullable(Type.Object(Object.fromEntries(QUANTILE_NAMES.map((name) => [name, number])))),
  refusal: nullable(Type.String()),
})
export type SeriesForecast = Static<typeof seriesForecast>

export const predictionsAnswered = Type.Object({ forecasts: Type.Array(seriesForecast) })
export type PredictionsAnswered = Static<typeof predictionsAnswered>
