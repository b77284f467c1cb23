import { type TSchema, Type } from 'typebox'
import { Format } from 'typebox/format'

/**
 * The vocabulary that every contract is written in. Each field kind fixes, in one place, how a value looks on the wire
 * (JSON), which Avro type describes it and which lake column holds it.
 */
export type FieldKind = 'string' | 'integer' | 'decimal' | 'boolean' | 'instant' | 'enum'

/** What a contract adds to plain JSON Schema: the kind, from which the Avro and lake types follow. */
export interface FieldOptions {
  kind: FieldKind
  description: string
}

/** Money and quantities travel as decimal text, so that no reader can turn them into floating point by accident. */
export const DECIMAL_PRECISION = 18
export const DECIMAL_SCALE = 6

/** Printable, without NUL, which PostgreSQL's text cannot hold. */
const TEXT_PATTERN = '^[^\\u0000]{1,200}$'
/** Text on one line. */
const LINE_PATTERN = '^[^\\u0000-\\u001f\\u007f]{1,200}$'
const DAY_PATTERN = '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$'
const TIME_OF_DAY_PATTERN = '^([01]\\d|2[0-3]):[0-5]\\d$'
/** Each weekday once at most is for the reader to see to. */
const WEEKDAYS_PATTERN = '^[1-7](,[1-7]){0,6}$'
const IDENTIFIER_PATTERN = '^[\\x21-\\x7e]{1,64}$'
const COMPOSITE_PATTERN = '^[\\x21-\\x7e]{1,200}$'
const DECIMAL_PATTERN = '^-?\\d{1,12}(\\.\\d{1,6})?$'
const UNSIGNED_DECIMAL_PATTERN = '^\\d{1,12}(\\.\\d{1,6})?$'
/**
 * RFC 3339 with the store's own offset: the first ten characters are the store's day. Offsets are multiples of a quarter of
 * an hour, as those of all zones are: with another one windows of an hour would not lie beside each other.
 */
const INSTANT_PATTERN =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?(Z|[+-](0\\d|1[0-4]):(00|15|30|45))$'

export const text = (description: string) =>
  Type.String({ kind: 'string', description, pattern: TEXT_PATTERN } satisfies FieldOptions & { pattern: string })

export const line = (description: string) =>
  Type.String({ kind: 'string', description, pattern: LINE_PATTERN } satisfies FieldOptions & { pattern: string })

/** A day of the calendar, `2017-03-01`; the 31st of every month passes here, and fails where it is read as a date. */
export const day = (description: string) =>
  Type.String({ kind: 'string', description, pattern: DAY_PATTERN } satisfies FieldOptions & { pattern: string })

/** A time of day by the clock on the wall, `16:30`. */
export const timeOfDay = (description: string) =>
  Type.String({ kind: 'string', description, pattern: TIME_OF_DAY_PATTERN } satisfies FieldOptions & {
    pattern: string
  })

const TIME_ZONE = 'iana-time-zone'
Format.Set(TIME_ZONE, isTimeZone)

/** A name that PostgreSQL, DuckDB and JavaScript all know. One that is unknown would fail wherever a day is cut by it. */
export const timeZone = (description: string) =>
  Type.String({
    kind: 'string',
    description,
    pattern: '^[A-Z][\\w+/-]{0,60}$',
    format: TIME_ZONE,
  } satisfies FieldOptions & {
    pattern: string
    format: string
  })

function isTimeZone(name: string): boolean {
  try {
    const resolved = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
    // An older name of the same zone is as good; what differs in capitals only, DuckDB does not find.
    return resolved === name || resolved.toLowerCase() !== name.toLowerCase()
  } catch {
    return false
  }
}

/** Days of the week, Monday is 1: `1,3,5`. */
export const weekdays = (description: string) =>
  Type.String({ kind: 'string', description, pattern: WEEKDAYS_PATTERN } satisfies FieldOptions & { pattern: string })

export const identifier = (description: string) =>
  Type.String({ kind: 'string', description, pattern: IDENTIFIER_PATTERN } satisfies FieldOptions & { pattern: string })

/** Made of several identifiers: an order's of its supplier's and its location's. */
export const compositeIdentifier = (description: string) =>
  Type.String({ kind: 'string', description, pattern: COMPOSITE_PATTERN } satisfies FieldOptions & { pattern: string })

export const integer = (description: string, minimum = 0) =>
  Type.Integer({ kind: 'integer', description, minimum, maximum: 2_147_483_647 } satisfies FieldOptions & {
    minimum: number
    maximum: number
  })

/** Decimal text with an optional sign, e.g. `"-3"` or `"12.125"`. */
export const decimal = (description: string) =>
  Type.String({ kind: 'decimal', description, pattern: DECIMAL_PATTERN } satisfies FieldOptions & { pattern: string })

/** Decimal text that can't be negative: prices, discounts, counts of people. */
export const unsignedDecimal = (description: string) =>
  Type.String({ kind: 'decimal', description, pattern: UNSIGNED_DECIMAL_PATTERN } satisfies FieldOptions & {
    pattern: string
  })

export const flag = (description: string) => Type.Boolean({ kind: 'boolean', description } satisfies FieldOptions)

export const instant = (description: string) =>
  Type.String({ kind: 'instant', description, pattern: INSTANT_PATTERN } satisfies FieldOptions & { pattern: string })

export const oneOf = <const Values extends readonly string[]>(description: string, values: Values) =>
  Type.Enum(values, { kind: 'enum', description } satisfies FieldOptions)

/** May be missing or null; both mean "not known". */
export const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))
