/** The values of a request, by its definition. */
import type { HonoRequest } from 'hono'
import type { Static, TObject, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { InvalidError } from '../services/errors.ts'
import { isStorableText } from '../services/values.ts'

type Given = Readonly<Record<string, unknown>>

/** Of a form or an address, and values of a list. */
const FIELDS_MAX = 1_000
/** A refused value that is longer is not repeated. */
const VALUE_CHARACTERS_MAX = 500

/**
 * The fields of a form without files; an empty body has none.
 *
 * @throws InvalidError when it is no such form, or has more than 1,000 fields
 */
export async function formOf(request: HonoRequest): Promise<Given> {
  const text = await request.text()
  if (text === '') return {}
  if (request.header('content-type')?.split(';')[0] !== FORM) throw new InvalidError(`the request is not ${FORM}`)
  // Counted before they are parsed, which takes far longer.
  if (text.split('&', FIELDS_MAX + 1).length > FIELDS_MAX) throw tooMany()
  return givenBy(new URLSearchParams(text))
}

const FORM = 'application/x-www-form-urlencoded'

/** The same name several times is a list. @throws InvalidError when there are more than 1,000 */
export function givenBy(entries: Iterable<[string, string]>): Given {
  const values = new Map<string, string[]>()
  let count = 0
  for (const [name, value] of entries) {
    count += 1
    if (count > FIELDS_MAX) throw tooMany()
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else known.push(value)
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]))
}

const tooMany = () => new InvalidError(`the request has more than ${FIELDS_MAX} fields`)

/**
 * The fields of a request: those of an address or a form are texts, which become what the schema requires; those of JSON are taken as they
 * are. An empty text is left out, because a form sends every field. Names that the schema does not have are passed over: an address may
 * carry what others have added.
 *
 * @throws InvalidError naming the field and its value
 */
export function inputOf<Schema extends TObject>(schema: Schema, texts: Given, json: Given = {}): Static<Schema> {
  const known = Object.entries(schema.properties).flatMap(([name, property]) => {
    const value = Object.hasOwn(texts, name)
      ? ofText(property, texts[name])
      : Object.hasOwn(json, name)
        ? json[name]
        : undefined
    if (value === undefined || value === '') return []
    requireStorable(name, property, value)
    return [[name, value] as const]
  })
  const input = Object.fromEntries(known)
  if (Check(schema, input)) return input as Static<Schema>
  const [error] = Errors(schema, input)
  const field = error?.instancePath.split('/')[1]
  const missing =
    error?.keyword === 'required' ? (error.params as { requiredProperties?: string[] }).requiredProperties : undefined
  if (missing?.[0] !== undefined) throw new InvalidError('is missing', { field: missing[0] })
  const problem = problemOf(schema.properties[field ?? '']) ?? error?.message ?? 'is not what is expected'
  if (field === undefined || field === '') throw new InvalidError(problem)
  throw new InvalidError(problem, { field, value: repeated(known.find(([name]) => name === field)?.[1]) })
}

/** In words, where the schema's own are none. */
function problemOf(schema: TSchema | undefined): string | undefined {
  const { format, anyOf } = (schema ?? {}) as { format?: string; anyOf?: readonly { format?: string }[] }
  if (format === 'date') return 'is not a date (YYYY-MM-DD)'
  if (anyOf?.some((one) => one.format === 'date-time')) {
    return 'is not a day (2024-05-01) or an instant (2024-05-01T12:00:00Z)'
  }
  return undefined
}

interface Shape {
  type?: string
  items?: TSchema
}

const WHOLE = /^-?\d+$/
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i

/** What a text means where the schema has another type; a text that means nothing there stays one, and is refused as such. */
function ofText(schema: TSchema, text: unknown): unknown {
  const { type, items = {} } = schema as Shape
  if (text === '') return text
  if (type === 'array') return (Array.isArray(text) ? text : [text]).map((one) => ofText(items, one))
  if (typeof text !== 'string') return text
  if (type === 'integer') return WHOLE.test(text) ? Number(text) : text
  if (type === 'number') return NUMBER.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

/** @throws InvalidError when it contains what no server stores, or has too many values */
function requireStorable(field: string, schema: TSchema, value: unknown): void {
  const { type, items = {} } = schema as Shape
  if (typeof value === 'string' && !isStorableText(value)) {
    throw new InvalidError('contains a NUL or half of a character', { field })
  }
  if (type !== 'array' || !Array.isArray(value)) return
  if (value.length > FIELDS_MAX) throw new InvalidError(`has more than ${FIELDS_MAX} values`, { field })
  for (const item of value) requireStorable(field, items, item)
}

/** What is refused is shown, unless it is long or has parts of its own. */
const repeated = (value: unknown): unknown =>
  typeof value === 'object' || String(value).length > VALUE_CHARACTERS_MAX ? undefined : value
