/** What answers of the API are made of. Types and the description follow from the same shape. */
import { type TObject, type TSchema, Type } from 'typebox'

/** RFC 3339; in this process a Date. */
export const instant = Type.Unsafe<Date>({ type: 'string', format: 'date-time' })
/** RFC 3339, as the database wrote it. */
export const instantText = Type.String({ format: 'date-time' })
export const day = Type.String({ format: 'date' })
/** Money or a quantity, which no reader may turn into floating point by accident. */
export const decimal = Type.String({ description: 'decimal' })
export const count = Type.Integer()
export const number = Type.Number()
export const text = Type.String()
export const flag = Type.Boolean()
/** Whatever JSON has. */
export const anything = Type.Unknown()
export const anyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object' })

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
export const choice = <const Values extends readonly string[]>(values: Values) => Type.Enum([...values])

/** A day that is asked for; a form sends it as `YYYY-MM-DD`. */
export const dayAsked = Type.String({ format: 'date', maxLength: 10 })
/** A day, or an instant with its offset. */
export const dayOrInstantAsked = Type.Union([dayAsked, Type.String({ format: 'date-time', maxLength: 40 })])

/** What a question about a long list takes, to be asked for page by page. */
export const pageFields = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  cursor: Type.Optional(Type.String({ maxLength: 2_000 })),
}

/** Whether a question is about such a list. */
export const isList = ({ query }: { query: TObject }): boolean => Object.hasOwn(query.properties, 'cursor')

/** A page of a list. */
export const pageOf = <Item extends TSchema>(item: Item) =>
  Type.Object({ items: Type.Array(item), next: nullable(Type.String()) })
