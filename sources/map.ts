import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { type ContractField, fieldsOf } from '../contracts/avro.ts'
import { isTimeZone } from '../contracts/time-zones.ts'
import { isTopicName, type TopicName, topicNames, topics } from '../contracts/topics.ts'
import { SourceError } from './errors.ts'
import { parseYaml, readMapFile } from './map-file.ts'

const closed = { additionalProperties: false }
const text = Type.String({ minLength: 1 })
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

const columnSchema = Type.Object(
  {
    column: Type.Optional(text),
    columns: Type.Optional(Type.Array(text, { minItems: 1 })),
    format: Type.Optional(text),
    zone: Type.Optional(text),
    values: Type.Optional(Type.Record(Type.String(), scalar)),
  },
  closed,
)

const mapSchema = Type.Object(
  {
    topic: Type.Optional(text),
    granularity: Type.Optional(text),
    source: Type.String({ pattern: '^[A-Za-z0-9._/-]{1,24}$' }),
    time_zone: text,
    file: Type.Optional(
      Type.Object(
        {
          format: Type.Optional(text),
          delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 4 })),
          decimal: Type.Optional(Type.String({ pattern: '^[.,]$' })),
          thousands: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
          encoding: Type.Optional(text),
          rows: Type.Optional(text),
          sheet: Type.Optional(text),
        },
        closed,
      ),
    ),
    columns: Type.Record(Type.String(), Type.Unknown()),
    constants: Type.Optional(Type.Record(Type.String(), scalar)),
    key: Type.Optional(Type.Array(text, { minItems: 1 })),
  },
  closed,
)
const checkMap = Compile(mapSchema)
const checkColumn = Compile(columnSchema)

/** Where a field comes from: columns of the file (several are joined), how an instant is written, which value means what. */
export interface ColumnMap {
  columns: string[]
  format?: string
  /** IANA zone in which a time without offset is written; the map's own zone when it is not given. */
  zone?: string
  values?: Record<string, string>
}

export const fileFormats = ['csv', 'jsonl', 'parquet', 'arrow', 'xlsx'] as const
export type FileFormat = (typeof fileFormats)[number]

export interface FileOptions {
  format?: FileFormat
  delimiter?: string
  decimal: '.' | ','
  thousands?: string
  encoding: 'utf-8' | 'latin-1' | 'utf-16'
  /** Of a JSON document: the array whose elements are the rows, such as `line_items`. */
  rows?: string
  /** Of a workbook: the name of the sheet; left out: the first. */
  sheet?: string
}

/** How the rows of a file become events of one topic. */
export interface EventMap {
  topic: TopicName
  /** `day`: a row is what a store sold of a product on a date. */
  granularity: 'line' | 'day'
  source: string
  /** IANA zone of the stores: it cuts their days. */
  timeZone: string
  file: FileOptions
  columns: Record<string, ColumnMap>
  constants: Record<string, string>
  /** Columns that identify a row; from these comes the event's id. */
  key?: string[]
  /** Instants keep their microseconds, and a decimal that the contract can't hold is left for it to refuse rather than rounded. */
  isExact?: boolean
}

/** Fields that a map of daily sales may name. */
const DAY_FIELDS: ContractField[] = [
  { name: 'date', kind: 'instant', optional: false, description: 'The day.', expected: 'a day' },
  ...fieldsOf(topics.pos_transactions).filter(({ name }) =>
    ['store_id', 'product_id', 'quantity', 'unit_price', 'net_amount', 'discount', 'is_promoted'].includes(name),
  ),
  {
    name: 'customers',
    kind: 'integer',
    optional: true,
    description: 'Customers of the store on that day.',
    expected: 'a whole number',
  },
]

/** Fields that are made when the map doesn't name them. */
const MADE_FIELDS = new Set(['event_id', 'source', 'schema_version', 'line_no', 'discount', 'payment_method'])
const MADE_DAILY = new Set(['unit_price', 'discount'])

/** The fields that a map of this topic and granularity may name. */
export function mappableFields(topic: TopicName, granularity: EventMap['granularity']): ContractField[] {
  if (granularity === 'day') return DAY_FIELDS
  return fieldsOf(topics[topic]).filter(({ name }) => name !== 'source' && name !== 'schema_version')
}

/** The columns that a map names. */
export function columnNames({ columns, key = [] }: EventMap): string[] {
  return [...new Set([...Object.values(columns).flatMap((column) => column.columns), ...key])]
}

/** @throws SourceError naming the file when it can't be read, else as `parseMap` */
export function readMap(path: string): EventMap {
  return readMapFile(path, parseMap)
}

/**
 * Reads a map from YAML.
 *
 * @param path names the map in messages
 * @throws SourceError naming the key, its value and what is allowed
 */
export function parseMap(content: string, path: string): EventMap {
  const document = parseYaml(content, (problem) => new SourceError(`map ${path}: ${problem}`))
  return parseMapDocument(document, path)
}

/** The same from what the YAML holds. */
export function parseMapDocument(document: unknown, path: string): EventMap {
  const wrong = (problem: string) => new SourceError(`map ${path}: ${problem}`)
  if (!checkMap.Check(document)) throw wrong(explain(checkMap.Errors(document), document, mapSchema))
  const raw: Static<typeof mapSchema> = document
  const topic = raw.topic ?? 'pos_transactions'
  if (!isTopicName(topic)) throw wrong(`topic "${topic}" is unknown: it is one of ${topicNames.join(', ')}`)
  const map: EventMap = {
    topic,
    granularity: choice(raw.granularity ?? 'line', ['line', 'day'], 'granularity', wrong),
    source: raw.source,
    timeZone: raw.time_zone,
    file: readFileOptions(raw.file ?? {}, wrong),
    columns: Object.fromEntries(
      Object.entries(raw.columns).map(([field, column]) => [field, readColumn(field, column, wrong)]),
    ),
    constants: Object.fromEntries(Object.entries(raw.constants ?? {}).map(([field, value]) => [field, String(value)])),
    ...(raw.key && { key: raw.key }),
  }
  checkFields(map, wrong)
  checkZones(map, wrong)
  return map
}

type Wrong = (problem: string) => SourceError

function choice<const Choices extends readonly string[]>(value: string, choices: Choices, what: string, wrong: Wrong) {
  if (!choices.includes(value)) throw wrong(`${what} "${value}" is unknown: it is one of ${choices.join(', ')}`)
  return value as Choices[number]
}

function readFileOptions(file: NonNullable<Static<typeof mapSchema>['file']>, wrong: Wrong): FileOptions {
  return {
    ...(file.format && { format: choice(file.format, fileFormats, 'file.format', wrong) }),
    ...(file.delimiter && { delimiter: file.delimiter }),
    ...(file.thousands && { thousands: file.thousands }),
    ...(file.rows && { rows: file.rows }),
    ...(file.sheet && { sheet: file.sheet }),
    decimal: file.decimal === ',' ? ',' : '.',
    encoding: choice(file.encoding ?? 'utf-8', ['utf-8', 'latin-1', 'utf-16'], 'file.encoding', wrong),
  }
}

function readColumn(field: string, raw: unknown, wrong: Wrong): ColumnMap {
  if (typeof raw === 'string' && raw !== '') return { columns: [raw] }
  if (!checkColumn.Check(raw)) {
    throw wrong(`columns.${field} is neither the name of a column nor {column, columns, format, zone, values}`)
  }
  const { column, columns, format, zone, values } = raw
  if ((column === undefined) === (columns === undefined)) {
    throw wrong(`columns.${field} needs either column or columns`)
  }
  return {
    columns: columns ?? [column!],
    ...(format && { format }),
    ...(zone && { zone }),
    ...(values && {
      values: Object.fromEntries(Object.entries(values).map(([from, to]) => [from, String(to)])),
    }),
  }
}

function checkFields(map: EventMap, wrong: Wrong): void {
  const { topic, granularity, columns, constants } = map
  if (granularity === 'day' && topic !== 'pos_transactions') {
    throw wrong(`granularity day is for pos_transactions, not for ${topic}`)
  }
  const fields = mappableFields(topic, granularity)
  const known = fields.map(({ name }) => name)
  for (const name of [...Object.keys(columns), ...Object.keys(constants)]) {
    if (!known.includes(name)) {
      throw wrong(
        `field "${name}" is not one of ${topic}${granularity === 'day' ? ' by day' : ''}: ${known.join(', ')}`,
      )
    }
    if (Object.hasOwn(columns, name) && Object.hasOwn(constants, name)) {
      throw wrong(`field "${name}" is both in columns and in constants`)
    }
  }
  const made = granularity === 'day' ? MADE_DAILY : MADE_FIELDS
  const missing = fields
    .filter(({ name, optional }) => !optional && !made.has(name))
    .map(({ name }) => name)
    .filter((name) => !Object.hasOwn(columns, name) && !Object.hasOwn(constants, name))
  if (missing.length > 0) throw wrong(`has no column and no constant for ${missing.join(', ')}`)
}

function checkZones({ timeZone, columns }: EventMap, wrong: Wrong): void {
  const zones = [
    ['time_zone', timeZone],
    ...Object.entries(columns).map(([field, { zone }]) => [`columns.${field}.zone`, zone]),
  ]
  for (const [what, zone] of zones) {
    if (zone !== undefined && !isTimeZone(zone)) {
      throw wrong(`${what} "${zone}" is not UTC or an IANA time zone with its area, such as Europe/London`)
    }
  }
}

/** What a value must be where the schema has only a pattern. */
const expected: Readonly<Record<string, string>> = {
  source: '1 to 24 letters, digits, dots, slashes, hyphens or underscores',
  'file.decimal': '"." or ","',
}

interface ValidationError {
  keyword: string
  instancePath: string
  message: string
  params: object
}

/** TypeBox's message for a key that a closed object doesn't have. */
const NO_SUCH_KEY = 'schema is false'

function explain(errors: readonly ValidationError[], document: unknown, schema: TSchema): string {
  const first = errors[0]!
  const path = first.instancePath.slice(1).replaceAll('/', '.')
  const { requiredProperties } = first.params as { requiredProperties?: string[] }
  if (requiredProperties) return `${path ? `${path}.` : ''}${requiredProperties.join(', ')} is missing`
  if (first.message === NO_SUCH_KEY) {
    const allowed = Object.keys((schema as unknown as { properties: object }).properties)
    return `${path} is not a key${path.includes('.') ? '' : `: the keys are ${allowed.join(', ')}`}`
  }
  const found = path
    .split('.')
    .filter((key) => key !== '')
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document)
  const rule = path in expected ? `must be ${expected[path]}` : first.message
  return `${path || 'the document'} ${rule}; found ${JSON.stringify(found) ?? 'nothing'}`
}
