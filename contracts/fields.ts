import { type TSchema, Type } from 'typebox'
import { Format } from 'typebox/format'
import type { DataClass } from './data-classes.ts'
import { isTimeZone, TIME_ZONE_PATTERN } from './time-zones.ts'

/**
 * The vocabulary that every contract is written in. Each field kind fixes, in one place, how a value looks on the wire
 * (JSON), which Avro type describes it and which lake column holds it.
 */
export type FieldKind = 'string' | 'integer' | 'decimal' | 'boolean' | 'instant' | 'enum'

/** What a contract adds to plain JSON Schema. */
export interface FieldOptions {
  /** From it follow the Avro type and the lake column. */
  kind: FieldKind
  description: string
  /** The rule for people: it completes "FIELD must be …". */
  expected: string
  /** What it may show of people; left out: nothing. */
  dataClass?: DataClass
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
/** That each weekday occurs only once is checked by the reader. */
const WEEKDAYS_PATTERN = '^[1-7](,[1-7]){0,6}$'
/**
 * Identifiers as they are in tills and ERPs: any printable character, also a space. Control and format characters, half and private
 * ones, and separators of lines are not: they can't be seen, or would break a line. Not only spaces.
 */
const printable = (charactersMax: number) =>
  // Nearly all are ASCII without spaces, which is checked in two thirds of the time.
  `^(?:[!-~]{1,${charactersMax}}|(?=.*[^\\p{Z}])[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]{1,${charactersMax}})$`
export const IDENTIFIER_PATTERN = printable(64)
const COMPOSITE_PATTERN = printable(200)
/** No honest quantity or price has more digits, and a day's sums of them fit the columns of every table. */
const DECIMAL_DIGITS = 9
/** Amounts of money are larger: a quantity times a price. */
const AMOUNT_DIGITS = 12
/**
 * RFC 3339 with the store's own offset: the first ten characters are the store's day. Offsets are multiples of a quarter of
 * an hour, as those of all zones are: with other offsets, windows of an hour would overlap.
 */
const INSTANT_PATTERN =
  '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?(Z|[+-](0\\d|1[0-4]):(00|15|30|45))$'

const patterned = (kind: FieldKind, pattern: string, expected: string) => (description: string) =>
  Type.String({ kind, description, expected, pattern } satisfies FieldOptions & { pattern: string })

export const text = patterned('string', TEXT_PATTERN, 'text of 1 to 200 characters without NUL')

export const line = patterned('string', LINE_PATTERN, 'one line of 1 to 200 printable characters')

const JSON_CHARACTERS_MAX = 20_000
/** A JSON object in a text: events are flat. What it holds is checked by the reader. */
export const jsonText = patterned(
  'string',
  `^\\{[^\\u0000]{1,${JSON_CHARACTERS_MAX}}$`,
  `a JSON object as text of at most ${JSON_CHARACTERS_MAX.toLocaleString('en')} characters`,
)

/** A calendar day. The 31st of every month matches; whether the day exists is checked by the reader. */
export const day = patterned('string', DAY_PATTERN, 'a day such as "2017-03-01"')

/** Whether a field is {@link day}, optional or not. */
export function isDay(schema: TSchema): boolean {
  const { pattern, anyOf = [] } = schema as { pattern?: string; anyOf?: TSchema[] }
  return pattern === DAY_PATTERN || anyOf.some(isDay)
}

/** A local time of day. */
export const timeOfDay = patterned('string', TIME_OF_DAY_PATTERN, 'a time of day such as "16:30"')

const TIME_ZONE = 'iana-time-zone'
Format.Set(TIME_ZONE, isTimeZone)

/**
 * A name that means the same to PostgreSQL, DuckDB and JavaScript. An unknown one would fail wherever local days are
 * computed. Abbreviations are not allowed: `AET` is unknown to PostgreSQL, where `PST` has no daylight saving time.
 */
export const timeZone = (description: string) =>
  Type.String({
    kind: 'string',
    description,
    expected: 'UTC or an IANA time zone with its area, such as "Europe/London"',
    pattern: TIME_ZONE_PATTERN,
    format: TIME_ZONE,
  } satisfies FieldOptions & {
    pattern: string
    format: string
  })

/** Days of the week, Monday is 1. */
export const weekdays = patterned('string', WEEKDAYS_PATTERN, 'weekdays such as "1,3,5", Monday is 1')

export const identifier = patterned('string', IDENTIFIER_PATTERN, 'an identifier of 1 to 64 printable characters')

/** Several identifiers in one, e.g. an order's: supplier and location. */
export const compositeIdentifier = patterned(
  'string',
  COMPOSITE_PATTERN,
  'an identifier of 1 to 200 printable characters',
)

const identifierLengths: ReadonlyMap<unknown, number> = new Map([
  [IDENTIFIER_PATTERN, 64],
  [COMPOSITE_PATTERN, 200],
])

/** The most characters of a field that is {@link identifier} or {@link compositeIdentifier}, optional or not; else undefined. */
export function identifierLength(schema: TSchema): number | undefined {
  const { pattern, anyOf = [] } = schema as { pattern?: string; anyOf?: TSchema[] }
  return identifierLengths.get(pattern) ?? anyOf.map(identifierLength).find((length) => length !== undefined)
}

const IDENTIFIER = new RegExp(IDENTIFIER_PATTERN, 'u')

/** Whether a text is an identifier as it is: printable, without spaces at its ends, in Unicode's composed form (NFC). */
export const isIdentifier = (text: string): boolean => IDENTIFIER.test(text) && text === normalizedIdentifier(text)

const FIRST_VISIBLE = 0x21
const LAST_VISIBLE = 0x7e

/** ASCII without a space; a loop over few characters takes a fifth of a regular expression's time. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code < FIRST_VISIBLE || code > LAST_VISIBLE) return false
  }
  return true
}

/**
 * An identifier without spaces at its ends, in Unicode's composed form (NFC): two systems that write the same id in two ways mean
 * the same thing.
 */
export const normalizedIdentifier = (text: string): string => (isPlain(text) ? text : text.trim().normalize('NFC'))

const INTEGER_MAX = 2_147_483_647

export const integer = (description: string, minimum = 0, maximum = INTEGER_MAX) =>
  Type.Integer({
    kind: 'integer',
    description,
    expected: `a whole number from ${minimum} to ${maximum}`,
    minimum,
    maximum,
  } satisfies FieldOptions & { minimum: number; maximum: number })

const decimalText = (sign: '-?' | '', digits: number) =>
  patterned(
    'decimal',
    `^${sign}\\d{1,${digits}}(\\.\\d{1,6})?$`,
    `a decimal number as text, such as "12.50", with at most ${digits} digits before the point and 6 after it`,
  )

/** Decimal text with an optional sign, e.g. `"-3"` or `"12.125"`. */
export const decimal = decimalText('-?', DECIMAL_DIGITS)

/** Decimal text that can't be negative: prices, discounts. */
export const unsignedDecimal = decimalText('', DECIMAL_DIGITS)

/**
 * Decimal text above 0. The database would refuse 0 as well, but not where a newer record of the same read replaces it: what is rejected must not
 * depend on how messages are read.
 */
export const positiveDecimal = patterned(
  'decimal',
  `^(?=.*[1-9])\\d{1,${DECIMAL_DIGITS}}(\\.\\d{1,6})?$`,
  `a decimal number above 0 as text, such as "12.50", with at most ${DECIMAL_DIGITS} digits before the point and 6 after it`,
)

/** An amount of money. */
export const amount = decimalText('-?', AMOUNT_DIGITS)

/** An amount of money that can't be negative. */
export const unsignedAmount = decimalText('', AMOUNT_DIGITS)

/** Amounts of a sale line are smaller than this. */
export const AMOUNT_LIMIT = 10 ** AMOUNT_DIGITS

export const flag = (description: string) =>
  Type.Boolean({ kind: 'boolean', description, expected: 'true or false' } satisfies FieldOptions)

export const instant = patterned(
  'instant',
  INSTANT_PATTERN,
  'a time with the offset of the store such as "2017-03-01T18:05:00-05:00"',
)

export const oneOf = <const Values extends readonly string[]>(description: string, values: Values) =>
  Type.Enum(values, { kind: 'enum', description, expected: `one of ${values.join(', ')}` } satisfies FieldOptions)

/** May be missing or null; both mean "not known". */
export const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))

/** The same field, which is about people. */
export const about = <Schema extends TSchema>(dataClass: DataClass, schema: Schema): Schema =>
  Object.assign(schema, { dataClass })
