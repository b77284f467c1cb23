/** Fields, values and filters as the documents of a report write them. */
import { FIGURES } from './model.ts'
import { columnName, type TableDefinition, tables } from './tables.ts'

export type Json = Readonly<Record<string, unknown>>

export const literal = (value: string | boolean): Json => ({
  expr: { Literal: { Value: typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value) } },
})
export const properties = (values: Json): readonly Json[] => [{ properties: values }]

export interface Field {
  table: string
  name: string
  expression: Json
}

/** The field of a page: `[measure]`, or a column of a view or of a table of the model alone. */
export function fieldOf(text: string): Field {
  if (text.startsWith('[')) return fieldIn('Measure', FIGURES, text.slice(1, -1))
  const [view = '', column = ''] = text.split('.')
  const known = (tables as Record<string, TableDefinition>)[view]
  return known ? fieldIn('Column', known.name, columnName(view, column)) : fieldIn('Column', view, column)
}

const fieldIn = (kind: 'Column' | 'Measure', table: string, name: string): Field => ({
  table,
  name,
  expression: { [kind]: { Expression: { SourceRef: { Entity: table } }, Property: name } },
})

/** Only the rows whose field has one of the values. */
export function oneOf(text: string, values: readonly string[]): Json {
  const { table, name } = fieldOf(text)
  const column = { Column: { Expression: { SourceRef: { Source: 't' } }, Property: name } }
  return {
    Version: 2,
    From: [{ Name: 't', Entity: table, Type: 0 }],
    Where: [{ Condition: { In: { Expressions: [column], Values: values.map((value) => [literal(value).expr]) } } }],
  }
}
