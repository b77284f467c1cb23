/** The values of a request, by its definition. */
import type { Static, TArray, TObject } from 'typebox'
import { Check, Convert, Errors } from 'typebox/value'
import { InvalidError } from '../services/errors.ts'

type Given = Readonly<Record<string, unknown>>

/** The same name several times is a list. */
export function givenBy(entries: Iterable<[string, unknown]>): Given {
  const given: Record<string, unknown> = {}
  for (const [name, value] of entries) {
    if (!Object.hasOwn(given, name)) given[name] = value
    else given[name] = [given[name], value].flat()
  }
  return given
}

/**
 * Texts become what the schema requires; an empty text is left out, because a form sends every field. Names that it does not have are
 * passed over: an address may carry what others have added.
 *
 * @throws InvalidError naming the field and its value
 */
export function inputOf<Schema extends TObject>(schema: Schema, given: Given): Static<Schema> {
  const known = Object.entries(schema.properties).flatMap(([name, property]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (value === undefined || value === '') return []
    const isList = (property as Partial<TArray>).type === 'array'
    return [[name, isList && !Array.isArray(value) ? [value] : value] as const]
  })
  const input = Convert(schema, Object.fromEntries(known))
  if (Check(schema, input)) return input as Static<Schema>
  const [error] = Errors(schema, input)
  const field = error?.instancePath.split('/')[1]
  const missing =
    error?.keyword === 'required' ? (error.params as { requiredProperties?: string[] }).requiredProperties : undefined
  if (missing?.[0] !== undefined) throw new InvalidError('is missing', { field: missing[0] })
  const problem = error?.message ?? 'is not what is expected'
  if (field === undefined || field === '') throw new InvalidError(problem)
  throw new InvalidError(problem, { field, value: known.find(([name]) => name === field)?.[1] })
}
