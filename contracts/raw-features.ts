/** Features that a request for a prediction gives itself. */
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'

export const DEMAND_CLASSES = ['smooth', 'erratic', 'intermittent', 'lumpy'] as const
/** More days than a model looks at one by one are not taken. */
const RECENT_DAYS_MAX = 56
const FEATURES_MAX = 500
/** Far above any honest number, and far below what a model's own numbers can hold. */
const NUMBER_MAX = 1e12

const numbers = Type.Record(
  Type.String({ pattern: '^(?!(recent|demand_class)$)[a-z][a-z0-9_]{0,62}$' }),
  Type.Union([Type.Number({ minimum: -NUMBER_MAX, maximum: NUMBER_MAX }), Type.Null()]),
  { additionalProperties: false, maxProperties: FEATURES_MAX },
)

/** By name, in units where the feature is a number of units; null: not known. */
export const rawFeatures = Type.Object({
  values: numbers,
  recent: Type.Optional(Type.Array(Type.Number({ minimum: 0, maximum: NUMBER_MAX }), { maxItems: RECENT_DAYS_MAX })),
  demandClass: Type.Optional(Type.Enum([...DEMAND_CLASSES])),
})
export type RawFeatures = Static<typeof rawFeatures>

const validator = Compile(rawFeatures)

/**
 * Reads the JSON object of a request: numbers by the names of features, and beside them `recent` and `demand_class`.
 *
 * @returns a sentence about what is wrong with it when it is none
 */
export function readRawFeatures(value: unknown): RawFeatures | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'features must be a JSON object'
  const { recent, demand_class: demandClass, ...values } = value as Record<string, unknown>
  const read = { values, ...(recent !== undefined && { recent }), ...(demandClass !== undefined && { demandClass }) }
  if (validator.Check(read)) return read
  const [error] = validator.Errors(read)
  return `features: ${error!.instancePath.replace(/^\/(values\/)?/, '') || 'the object'} ${error!.message}; numbers by name, recent: at most ${RECENT_DAYS_MAX} numbers, demand_class: one of ${DEMAND_CLASSES.join(', ')}`
}

/** The same from JSON text. */
export function parseRawFeatures(text: string): RawFeatures | string {
  try {
    return readRawFeatures(JSON.parse(text))
  } catch (error) {
    return `features must be a JSON object: ${(error as Error).message}`
  }
}
