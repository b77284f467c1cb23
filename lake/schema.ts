/** A table's columns: how they are declared, how the log writes them, and what DuckDB calls their types. */
import { identifier } from '../platform/duckdb/duckdb.ts'
import { SchemaError } from './errors.ts'

export type PrimitiveType =
  | 'string'
  | 'long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'float'
  | 'double'
  | 'boolean'
  | 'binary'
  | 'date'
  /** An instant, in microseconds of UTC. */
  | 'timestamp'
  | `decimal(${number},${number})`

export type DeltaType =
  | PrimitiveType
  | { type: 'array'; elementType: DeltaType; containsNull: boolean }
  | { type: 'map'; keyType: DeltaType; valueType: DeltaType; valueContainsNull: boolean }
  | { type: 'struct'; fields: Field[] }

interface Field {
  name: string
  type: DeltaType
  nullable: boolean
  metadata: Record<string, unknown>
}

export interface Column {
  name: string
  type: DeltaType
  /** Left out: true. */
  nullable?: boolean
}

const duckDbNames: Record<string, string> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
}

const DECIMAL = /^decimal\((\d+),\s*(\d+)\)$/
const DECIMAL_DIGITS_MAX = 38

/** @throws SchemaError for a type that isn't Delta's, or that this lake leaves out */
export function duckDbType(type: DeltaType): string {
  if (typeof type === 'string') return duckDbPrimitive(type)
  if (type.type === 'array') return `${duckDbType(type.elementType)}[]`
  if (type.type === 'map') return `MAP(${duckDbType(type.keyType)}, ${duckDbType(type.valueType)})`
  return `STRUCT(${type.fields.map((field) => `${identifier(field.name)} ${duckDbType(field.type)}`).join(', ')})`
}

function duckDbPrimitive(type: string): string {
  const name = duckDbNames[type]
  if (name !== undefined) return name
  const [, precision, scale] = DECIMAL.exec(type) ?? []
  if (precision === undefined || Number(precision) > DECIMAL_DIGITS_MAX || Number(scale) > Number(precision)) {
    throw new SchemaError(`lake: type ${type} is not one of ${Object.keys(duckDbNames).join(', ')}, decimal(p,s)`)
  }
  return `DECIMAL(${precision},${scale})`
}

export const isNullable = (column: Column): boolean => column.nullable ?? true

/** The schema as the log's `schemaString`. */
export function serialiseSchema(columns: readonly Column[]): string {
  const fields = columns.map((column) => ({
    name: column.name,
    type: column.type,
    nullable: isNullable(column),
    metadata: {},
  }))
  return JSON.stringify({ type: 'struct', fields })
}

/** The columns of a log's `schemaString`. */
export function parseSchema(text: string): Column[] {
  const { fields } = JSON.parse(text) as { fields: Field[] }
  return fields.map(({ name, type, nullable }) => ({ name, type, nullable }))
}

/** @throws SchemaError naming the first column that can't be */
export function assertSchema(table: string, columns: readonly Column[], partitionColumns: readonly string[]): void {
  const seen = new Set<string>()
  for (const { name, type } of columns) {
    const folded = name.toLowerCase()
    if (seen.has(folded)) throw new SchemaError(`lake: ${table}: column ${name} is declared twice (case doesn't count)`)
    seen.add(folded)
    duckDbType(type)
  }
  for (const name of partitionColumns) {
    const column = columns.find((candidate) => candidate.name === name)
    if (column === undefined) throw new SchemaError(`lake: ${table}: partition column ${name} is not declared`)
    if (isNullable(column)) throw new SchemaError(`lake: ${table}: partition column ${name} must not be nullable`)
  }
  if (partitionColumns.length === columns.length) {
    throw new SchemaError(`lake: ${table}: every column is a partition column; declare at least one other`)
  }
}

export const typeText = (type: DeltaType): string => (typeof type === 'string' ? type : duckDbType(type))
