import type { TSchema } from 'typebox'
import type { DataClass } from './data-classes.ts'
import { DECIMAL_PRECISION, DECIMAL_SCALE, type FieldKind, type FieldOptions } from './fields.ts'
import type { Topic } from './topics.ts'

/** One field of a contract, independent of TypeBox. */
export interface ContractField {
  name: string
  kind: FieldKind
  optional: boolean
  description: string
  /** The rule for people: it completes "FIELD must be …". */
  expected: string
  /** The allowed values, for an enum. */
  values?: readonly string[]
  /** What it may show of people; left out: nothing. */
  dataClass?: DataClass
}

type Described = TSchema & FieldOptions & { enum?: string[]; anyOf?: TSchema[] }

/** The fields of a topic's contract, in the order in which they are declared. */
export function fieldsOf(topic: Topic): ContractField[] {
  const required = new Set(topic.schema.required)
  return Object.entries(topic.schema.properties).map(([name, schema]) => {
    const { anyOf } = schema as Described
    const { kind, description, expected, enum: values, dataClass } = (anyOf?.[0] ?? schema) as Described
    return {
      name,
      kind,
      optional: !required.has(name),
      description,
      expected,
      ...(values && { values }),
      ...(dataClass && { dataClass }),
    }
  })
}

const avroTypes: Record<FieldKind, unknown> = {
  string: 'string',
  enum: 'string',
  integer: 'int',
  boolean: 'boolean',
  decimal: { type: 'bytes', logicalType: 'decimal', precision: DECIMAL_PRECISION, scale: DECIMAL_SCALE },
  instant: { type: 'string', doc: 'RFC 3339 with offset' },
}

/**
 * The Avro record of a topic, for consumers that read Avro. Enumerations are strings there: Avro readers fail on a
 * symbol that they don't know, and a value added later must not break them.
 */
export function avroSchema(topic: Topic): object {
  return {
    type: 'record',
    name: topic.name,
    namespace: 'shelfline',
    doc: topic.description,
    fields: fieldsOf(topic).map(({ name, kind, optional, description }) => ({
      name,
      doc: description,
      ...(optional ? { type: ['null', avroTypes[kind]], default: null } : { type: avroTypes[kind] }),
    })),
  }
}
