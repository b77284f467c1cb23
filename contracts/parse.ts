import { isUtf8 } from 'node:buffer'
import { Compile, type Validator } from 'typebox/compile'
import { fieldsOf } from './avro.ts'
import { DAY_MS } from './calendar.ts'
import { AMOUNT_LIMIT, identifierLength, isDay, normalizedIdentifier } from './fields.ts'
import { defaultLimits, type MessageLimits } from './limits.ts'
import { parseRawFeatures } from './raw-features.ts'
import { endpointProblem } from './supplier-endpoint.ts'
import { type EventOf, type TopicName, topicNames, topics } from './topics.ts'

/** Why a message can't be an event. */
export const contractProblems = [
  'too_large',
  'too_deep',
  'invalid_json',
  'unknown_schema_version',
  'negative_price',
  'schema_violation',
  'too_old',
  'future_event',
  'unreadable',
] as const
export type ContractProblem = (typeof contractProblems)[number]

export type Parsed<Name extends TopicName> =
  | { ok: true; event: EventOf<Name> }
  | { ok: false; problem: ContractProblem; error: string; field?: string }

/** A clock that is wrong by less than this is forgiven. */
export const FUTURE_TOLERANCE_MS = DAY_MS

const validators = new Map<TopicName, Validator>(topicNames.map((name) => [name, Compile(topics[name].schema)]))

/** The days, and the instants other than `event_at`: a pattern accepts days that are not in the calendar. */
const daysAndInstants = new Map<TopicName, string[]>(
  topicNames.map((topic) => {
    const instants = fieldsOf(topics[topic]).filter(({ name, kind }) => kind === 'instant' && name !== 'event_at')
    const days = Object.entries(topics[topic].schema.properties).filter(([, schema]) => isDay(schema))
    return [topic, [...instants.map(({ name }) => name), ...days.map(([name]) => name)]]
  }),
)

const identifiers = new Map<TopicName, { field: string; charactersMax: number }[]>(
  topicNames.map((topic) => {
    const lengths = Object.entries(topics[topic].schema.properties).map(([field, schema]) => ({
      field,
      charactersMax: identifierLength(schema) ?? 0,
    }))
    return [topic, lengths.filter(({ charactersMax }) => charactersMax > 0)]
  }),
)

/** Rules over several fields, which a schema can't explain in a sentence. */
const rules: { [Name in TopicName]?: (event: EventOf<Name>) => string | undefined } = {
  pos_transactions: ({ quantity, unit_price }) =>
    Math.abs(Number(quantity) * Number(unit_price)) < AMOUNT_LIMIT
      ? undefined
      : `quantity ${quantity} × unit_price ${unit_price} must be less than ${AMOUNT_LIMIT}`,
  customer_events: ({ event_type, order_id }) =>
    event_type.startsWith('order_') && order_id == null ? `order_id must not be missing with ${event_type}` : undefined,
  opening_hours: ({ opens_at, closes_at }) =>
    (opens_at == null) === (closes_at == null) ? undefined : 'opens_at and closes_at must be given together',
  payment_events: ({ event_type, amount, risk_score }) => {
    const [field, value] = event_type === 'scored' ? ['risk_score', risk_score] : ['amount', amount]
    return value == null ? `${field} must not be missing where event_type is ${event_type}` : undefined
  },
  feature_requests: ({ features }) => {
    const read = features == null ? undefined : parseRawFeatures(features)
    return typeof read === 'string' ? read : undefined
  },
  supplier_catalog: ({ adapter, supplier_id, endpoint }) => endpointProblem(adapter, supplier_id, endpoint),
}

/**
 * Checks one message against its topic's contract. It never throws: every failure is returned as a problem of the message.
 *
 * @param value the message's bytes, UTF-8 JSON
 * @param nowMs the reader's clock; an event more than a day after it is rejected (milliseconds since the epoch)
 */
export function parseEvent<Name extends TopicName>(
  name: Name,
  value: Uint8Array | null,
  nowMs: number,
  limits = defaultLimits,
): Parsed<Name> {
  try {
    return check(name, value, nowMs, limits)
  } catch (error) {
    return broken('unreadable', (error as Error).message)
  }
}

function check<Name extends TopicName>(
  name: Name,
  value: Uint8Array | null,
  nowMs: number,
  limits: MessageLimits,
): Parsed<Name> {
  const json = readJson(value, limits)
  if (!json.ok) return json
  const event = json.event
  const { schemaVersion } = topics[name]
  const version = (event as { schema_version?: unknown } | null)?.schema_version
  if (typeof version === 'number' && Number.isInteger(version) && (version < 1 || version > schemaVersion)) {
    return broken(
      'unknown_schema_version',
      `schema_version ${version} of ${name} is not supported; the versions are 1 to ${schemaVersion}`,
    )
  }
  const validator = validators.get(name)!
  if (!validator.Check(event)) return explainViolation(name, validator, event)
  const problemOfId = normalizeIdentifiers(name, event as Record<string, unknown>)
  if (problemOfId !== undefined) return broken('schema_violation', problemOfId)
  const eventAt = (event as { event_at: string }).event_at
  const eventAtMs = instantToMs(eventAt)
  if (eventAtMs === undefined) return broken('schema_violation', `event_at "${eventAt}" is not a day in the calendar`)
  for (const field of daysAndInstants.get(name)!) {
    const value = (event as Record<string, string | null | undefined>)[field]
    if (value != null && instantToMs(value) === undefined) {
      return broken('schema_violation', `${field} "${value}" is not a day in the calendar`)
    }
  }
  if (eventAt < limits.earliestEventDay) {
    return broken(
      'too_old',
      `event_at ${eventAt} is before ${limits.earliestEventDay}, the earliest accepted day (setting SHELFLINE_EARLIEST_EVENT_DAY)`,
    )
  }
  if (eventAtMs > nowMs + FUTURE_TOLERANCE_MS) {
    return broken('future_event', `event_at ${eventAt} is more than a day after ${new Date(nowMs).toISOString()}`)
  }
  const problem = rules[name]?.(event as EventOf<Name>)
  if (problem !== undefined) return broken('schema_violation', problem)
  return { ok: true, event: event as EventOf<Name> }
}

const ORIGINALS_MAX = 2_000

/** Replaces identifiers by their normal form, and keeps those that differ. Returns what makes one impossible. */
function normalizeIdentifiers(name: TopicName, event: Record<string, unknown>): string | undefined {
  let originals: Record<string, string> | undefined
  for (const { field, charactersMax } of identifiers.get(name)!) {
    const value = event[field]
    if (typeof value !== 'string') continue
    const normal = normalizedIdentifier(value)
    if (normal === value) continue
    // Few characters are more characters in this form.
    if (normal.length > charactersMax && [...normal].length > charactersMax) {
      return `${field} ${shown(value)} has more than ${charactersMax} characters in Unicode's form NFC`
    }
    event[field] = normal
    originals ??= {}
    originals[field] = value
  }
  if (originals !== undefined) event.original_ids = JSON.stringify(originals).slice(0, ORIGINALS_MAX).toWellFormed()
  return undefined
}

type ParsedJson =
  | { ok: true; event: unknown }
  | { ok: false; problem: 'too_large' | 'too_deep' | 'invalid_json'; error: string }

/** JSON of at most these bytes and levels, without half characters. It never throws. */
export function readJson(
  value: Uint8Array | null,
  { messageBytesMax, messageDepthMax }: Pick<MessageLimits, 'messageBytesMax' | 'messageDepthMax'>,
): ParsedJson {
  if (value === null) return broken('invalid_json', 'the message is empty')
  if (value.length > messageBytesMax) {
    return broken('too_large', `the message has ${value.length} bytes; the limit is ${messageBytesMax}`)
  }
  if (!isUtf8(value)) return broken('invalid_json', 'the message is not UTF-8')
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  if (mayNest(text) && isDeeper(text, messageDepthMax)) {
    return broken('too_deep', `objects and arrays are nested more than ${messageDepthMax} deep`)
  }
  try {
    const event: unknown = JSON.parse(text)
    if (!text.includes('\\u') || !HALF_CHARACTER.test(JSON.stringify(event))) return { ok: true, event }
    return broken('invalid_json', 'a text contains half of a surrogate pair, which is not a character')
  } catch (error) {
    return broken('invalid_json', (error as Error).message)
  }
}

/** Events are flat: for nearly all of them two searches are enough, and no check byte by byte. */
const mayNest = (text: string): boolean => text.indexOf('{', 1) !== -1 || text.indexOf('[') !== -1

const QUOTE = 0x22
const BACKSLASH = 0x5c
const ARRAY_START = 0x5b
const ARRAY_END = 0x5d
const OBJECT_START = 0x7b
const OBJECT_END = 0x7d

/** Whether brackets outside of texts are more than `depthMax` deep. The text need not be JSON. */
function isDeeper(text: string, depthMax: number): boolean {
  let depth = 0
  let isInText = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (isInText) {
      if (character === BACKSLASH) at += 1
      else if (character === QUOTE) isInText = false
    } else if (character === QUOTE) isInText = true
    else if (character === ARRAY_START || character === OBJECT_START) {
      depth += 1
      if (depth > depthMax) return true
    } else if (character === ARRAY_END || character === OBJECT_END) depth -= 1
  }
  return false
}

/** JSON.stringify escapes only half surrogate pairs like this; neither PostgreSQL nor Parquet can store them. */
const HALF_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Milliseconds since the epoch of an RFC 3339 instant or of a day in UTC, or undefined for a day such as February 30th or a year 0. */
export function instantToMs(instant: string): number | undefined {
  if (instant.startsWith('0000')) return undefined
  const day = Number(instant.slice(8, 10))
  if (day > 28) {
    const year = Number(instant.slice(0, 4))
    const month = Number(instant.slice(5, 7))
    const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    const last = month === 2 && isLeapYear ? 29 : DAYS_IN_MONTH[month - 1]!
    if (day > last) return undefined
  }
  return Date.parse(instant)
}

const fieldsByName = new Map(
  topicNames.map((name) => [name, new Map(fieldsOf(topics[name]).map((field) => [field.name, field]))]),
)

/** The first violation in words for people: which field, the rule, and what was found. */
function explainViolation(name: TopicName, validator: Validator, event: unknown): Parsed<never> {
  // An optional field is a union with null: the union's own error and its null branch do not help a reader.
  const errors = validator
    .Errors(event)
    .filter(({ keyword, schemaPath }) => keyword !== 'anyOf' && !schemaPath.endsWith('/anyOf/1'))
  const first = errors[0]!
  const { requiredProperties } = first.params as { requiredProperties?: string[] }
  if (requiredProperties) return broken('schema_violation', `${requiredProperties.join(', ')} must not be missing`)
  const field = fieldsByName.get(name)!.get(first.instancePath.slice(1))
  if (field === undefined) return broken('schema_violation', `the event must be a JSON object; found ${shown(event)}`)
  const found = (event as Record<string, unknown>)[field.name]
  const isNegative = field.kind === 'decimal' && typeof found === 'string' && SIGNED.test(found)
  const isPrice = field.name.endsWith('price')
  const problem = isPrice && typeof found === 'string' && found.startsWith('-') ? 'negative_price' : 'schema_violation'
  const rule = isNegative ? 'not be negative' : `be ${field.expected}`
  return { ...broken(problem, `${field.name} must ${rule}; found ${shown(found)}`), field: field.name }
}

/** A number that is in order but for its sign. */
const SIGNED = /^-\d{1,12}(\.\d{1,6})?$/

const SHOWN_MAX = 80

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > SHOWN_MAX ? `${json.slice(0, SHOWN_MAX)}…` : json
}

const broken = <Problem extends ContractProblem>(problem: Problem, error: string) => ({
  ok: false as const,
  problem,
  error,
})
