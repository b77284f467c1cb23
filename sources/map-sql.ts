import type { ContractField } from '../contracts/avro.ts'
import { type DuckDBConnection, identifier, literal } from '../platform/duckdb/duckdb.ts'
import { SourceError } from './errors.ts'
import { type ColumnMap, type EventMap, mappableFields } from './map.ts'

interface FieldSql {
  /** The field's value as the event carries it: text, or JSON where the contract requires no text. */
  value: string
  /** The same as text, for keys. */
  text: string
}

type Types = ReadonlyMap<string, string>

/** The column of `source_rows` with the number of the request, where several are mapped together: line numbers do not continue in the next. */
export const BODY = 'body of the row'

/**
 * Lays a map over the table `source_rows` as the temporary view `mapped_rows`: the contract's fields as an event carries
 * them, and `file_row`, `happened_at` (the instant), `event_date` (the store's day), `send_at` (when it was known).
 * What can't be understood is passed on as it is written, so that the contract refuses it with its value.
 *
 * @param path names the file in messages
 * @returns the topics that the rows become
 * @throws SourceError when the map names a column that the file doesn't have, or a format that can't be
 */
export async function createMappedRows(connection: DuckDBConnection, map: EventMap, path: string): Promise<void> {
  const types = await columnTypes(connection)
  checkColumns(map, types, path)
  await checkFormats(connection, map)
  const sql = map.granularity === 'day' ? dayRows(map, types) : lineRows(map, types)
  await connection.run(`create or replace temp view mapped_rows as ${sql}`)
}

async function columnTypes(connection: DuckDBConnection): Promise<Types> {
  const reader = await connection.runAndReadAll('describe source_rows')
  return new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]))
}

function checkColumns(map: EventMap, types: Types, path: string): void {
  const there = [...types.keys()].filter((name) => name !== 'file_row' && name !== BODY)
  const wanted = [
    ...Object.entries(map.columns).flatMap(([field, { columns }]) =>
      columns.map((column) => ({ place: `columns.${field}`, column })),
    ),
    ...(map.key ?? []).map((column) => ({ place: 'key', column })),
  ]
  const missing = wanted.filter(({ column }) => !types.has(column))
  if (missing.length === 0) return
  const said = missing.map(({ place, column }) => `${place} refers to column "${column}"`).join(', ')
  throw new SourceError(`${said}, which ${path} does not have: its columns are ${there.join(', ')}`)
}

async function checkFormats(connection: DuckDBConnection, { columns }: EventMap): Promise<void> {
  for (const [field, { format }] of Object.entries(columns)) {
    if (format === undefined) continue
    try {
      await connection.run(`select try_strptime('', ${literal(format)})`)
    } catch (error) {
      throw new SourceError(
        `columns.${field}.format "${format}" is not valid: ${(error as Error).message.split('\n')[0]}`,
      )
    }
  }
}

/** The parts that every row has, then the fields: `file_row` is there when the rows came from a file. */
function rowsSql(types: Types, instant: string, zone: string, fields: Record<string, string>): string {
  const hasRow = types.has('file_row')
  const values = Object.entries(fields).map(([name, value]) => `${value} as ${identifier(name)}`)
  return `with timed as (select *, ${instant} as "at of the event" from source_rows)
    select
      ${hasRow ? 'file_row' : 'null::bigint as file_row'},
      "at of the event" as happened_at,
      timezone(${literal(zone)}, "at of the event")::date as event_date,
      "at of the event" as send_at,
      ${values.join(',\n      ')}
    from timed`
}

function lineRows(map: EventMap, types: Types): string {
  const fields = mappedFields(map, types)
  const eventAt = map.columns.event_at
  const instant = eventAt
    ? instantSql(eventAt, types, map.timeZone)
    : `${literal(map.constants.event_at ?? '')}::timestamptz`
  const said = eventAt ? joined(eventAt, types, ' ') : literal(map.constants.event_at ?? '')
  const written = map.isExact ? 'exact_instant_text' : 'instant_text'
  fields.set('event_at', both(`coalesce(${written}("at of the event", ${literal(map.timeZone)}), ${said})`))
  if (map.topic === 'pos_transactions') addSaleDefaults(fields, types)
  if (!fields.has('event_id')) fields.set('event_id', both(eventId(map, types, fields)))
  return rowsSql(types, instant, map.timeZone, valuesOf(fields))
}

function addSaleDefaults(fields: Map<string, FieldSql>, types: Types): void {
  if (!fields.has('line_no')) {
    const order = types.has('file_row') ? 'order by file_row' : ''
    const body = types.has(BODY) ? `${identifier(BODY)}, ` : ''
    const transaction = `${body}${fields.get('store_id')!.text}, ${fields.get('transaction_id')!.text}`
    fields.set('line_no', both(`(row_number() over (partition by ${transaction} ${order}))`))
  }
  if (!fields.has('discount')) fields.set('discount', both("'0'"))
  if (!fields.has('payment_method')) fields.set('payment_method', both("'unknown'"))
}

/** A day's sale of a product is one line of a made-up basket at noon of the store's day. */
function dayRows(map: EventMap, types: Types): string {
  const fields = mappedFields(map, types)
  const date = map.columns.date
  if (!date) throw new SourceError('columns.date is missing: a map of daily sales needs the column of the day')
  const zone = literal(map.timeZone)
  const day = `timezone(${zone}, ${instantSql(date, types, map.timeZone)})::date`
  const noon = `timezone(${zone}, ${day} + interval 12 hour)`
  const text = (name: string) => fields.get(name)?.text ?? 'null'
  const basket = `'day-' || strftime(timezone(${zone}, "at of the event"), '%Y%m%d') || '-' || ${text('store_id')}`
  const order = types.has('file_row') ? 'order by file_row' : ''
  const perUnit = `plain_decimal(try_cast(
    try_cast(${text('net_amount')} as decimal(18, 6))::double / nullif(try_cast(${text('quantity')} as double), 0)
    as decimal(18, 6)))`
  const fixed: Record<string, string> = {
    event_id: eventId(map, types, fields),
    event_at: `coalesce(instant_text("at of the event", ${zone}), ${joined(date, types, ' ')})`,
    synthetic: 'true',
    transaction_id: basket,
    line_no: `(row_number() over (partition by "at of the event", ${text('store_id')} ${order}))`,
    unit_price: `coalesce(${text('unit_price')}, ${perUnit}, '0')`,
    discount: `coalesce(${text('discount')}, '0')`,
    payment_method: "'unknown'",
  }
  return rowsSql(types, noon, map.timeZone, { ...valuesOf(fields), ...fixed })
}

/** The customers of a store's day, once however many rows of products repeat them. */
export const dailyVisitsSql = (map: EventMap): string => `
  select
    ${literal(`${map.source}-`)} || md5(concat_ws(chr(31), 'visits', store_id, event_date)) as event_id,
    instant_text(timezone(${literal(map.timeZone)}, event_date::timestamp), ${literal(map.timeZone)}) as event_at,
    true as synthetic,
    store_id,
    'day-' || store_id as sensor_id,
    max(customers::varchar::integer) as entries,
    max(customers::varchar::integer) as exits,
    86400 as interval_seconds,
    null::bigint as file_row,
    event_date,
    timezone(${literal(map.timeZone)}, (event_date + 1)::timestamp) as send_at
  from mapped_rows
  where event_date is not null and store_id is not null and try_cast(customers::varchar as integer) >= 0
  group by store_id, event_date`

function eventId(map: EventMap, types: Types, fields: Map<string, FieldSql>): string {
  const parts = map.key
    ? map.key.map((column) => textOf(column, types))
    : defaultKey(map).map((name) => fields.get(name)?.text ?? joined(map.columns[name]!, types, ' '))
  const key = parts.map((part) => `coalesce(${part}, '')`).join(', ')
  return `${literal(`${map.source}-`)} || md5(concat_ws(chr(31), ${key}))`
}

function defaultKey({ topic, granularity, columns }: EventMap): string[] {
  if (granularity === 'day') return ['date', 'store_id', 'product_id']
  if (topic === 'pos_transactions') return ['store_id', 'transaction_id', 'line_no']
  return Object.keys(columns).sort()
}

const both = (sql: string): FieldSql => ({ value: sql, text: `(${sql})::varchar` })

const valuesOf = (fields: Map<string, FieldSql>): Record<string, string> =>
  Object.fromEntries([...fields].map(([name, { value }]) => [name, value]))

function mappedFields(map: EventMap, types: Types): Map<string, FieldSql> {
  const fields = new Map<string, FieldSql>()
  for (const field of mappableFields(map.topic, map.granularity)) {
    const { name } = field
    const column = map.columns[name]
    const constant = map.constants[name]
    if (field.kind === 'instant') continue
    if (constant !== undefined) fields.set(name, asKind(field, literal(constant), map))
    else if (column !== undefined) fields.set(name, columnSql(field, column, types, map))
  }
  return fields
}

const NUMBER_TYPES = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|DECIMAL.*)$/

function columnSql(field: ContractField, column: ColumnMap, types: Types, map: EventMap): FieldSql {
  const type = column.columns.length === 1 ? types.get(column.columns[0]!)! : 'VARCHAR'
  const name = identifier(column.columns[0]!)
  if (!column.values) {
    if (field.kind === 'integer' && /INT$|^INTEGER$/.test(type)) return both(name)
    if (field.kind === 'boolean' && type === 'BOOLEAN') return both(name)
    if (field.kind === 'decimal' && /^(FLOAT|DOUBLE)$/.test(type)) {
      return both(`coalesce(plain_decimal(try_cast(${name} as decimal(18, 6))), ${name}::varchar)`)
    }
    if (field.kind === 'decimal' && /^DECIMAL\(\d+,[3-9]\)$/.test(type)) return both(`plain_decimal(${name})`)
    if (field.kind === 'decimal' && NUMBER_TYPES.test(type)) return both(`${name}::varchar`)
  }
  return asKind(field, translated(joined(column, types, '-'), column.values), map)
}

function translated(text: string, values: Record<string, string> | undefined): string {
  if (!values) return text
  const cases = Object.entries(values).map(([from, to]) => `when ${literal(from)} then ${literal(to)}`)
  return cases.length === 0 ? text : `case ${text} ${cases.join(' ')} else ${text} end`
}

/** Text becomes what the contract requires; what can't is left as text, which the contract then refuses. */
function asKind({ kind }: ContractField, text: string, map: EventMap): FieldSql {
  switch (kind) {
    case 'integer':
      return {
        value: `if(regexp_full_match(${text}, '-?\\d{1,9}'), to_json(try_cast(${text} as integer)), to_json(${text}))`,
        text,
      }
    case 'boolean':
      return {
        value: `case lower(${text})
          when 'true' then to_json(true) when 'yes' then to_json(true) when '1' then to_json(true)
          when 'false' then to_json(false) when 'no' then to_json(false) when '0' then to_json(false)
          else to_json(${text}) end`,
        text,
      }
    case 'decimal':
      return both(decimalSql(text, map))
    default:
      return both(text)
  }
}

/** More than six decimals are what floating point left behind: they are rounded. Exact ones only lose a tail of zeros. */
function decimalSql(text: string, { file, isExact }: EventMap): string {
  if (isExact) return `exact_decimal(${text})`
  const whole = file.thousands ? `replace(${text}, ${literal(file.thousands)}, '')` : text
  const plain = file.decimal === ',' ? `replace(${whole}, ',', '.')` : whole
  return `if(regexp_full_match(${plain}, '-?\\d{1,11}\\.\\d{7,}'),
    plain_decimal(try_cast(${plain} as decimal(18, 6))), ${plain})`
}

function textOf(column: string, types: Types): string {
  const name = identifier(column)
  return types.get(column) === 'VARCHAR' ? name : `${name}::varchar`
}

function joined({ columns }: ColumnMap, types: Types, separator: string): string {
  const texts = columns.map((column) => textOf(column, types))
  return texts.length === 1 ? texts[0]! : `concat_ws(${literal(separator)}, ${texts.join(', ')})`
}

const WRITTEN_OFFSET = "'(Z|[+-]\\d{2}:?\\d{2})$'"

/**
 * A TIMESTAMPTZ, null when the text is not an instant. A local time that a change of clocks skips is read as one hour
 * later; of one that comes twice, the second is taken.
 */
function instantSql(column: ColumnMap, types: Types, timeZone: string): string {
  const zone = literal(column.zone ?? timeZone)
  const type = column.columns.length === 1 ? types.get(column.columns[0]!)! : 'VARCHAR'
  const text = joined(column, types, ' ')
  if (type === 'TIMESTAMP WITH TIME ZONE') return identifier(column.columns[0]!)
  if (type.startsWith('TIMESTAMP') || type === 'DATE') {
    return `timezone(${zone}, ${identifier(column.columns[0]!)}::timestamp)`
  }
  if (column.format) {
    const parsed = `try_strptime(${text}, ${literal(column.format)})`
    return /%z/i.test(column.format) ? parsed : `timezone(${zone}, ${parsed})`
  }
  return `if(regexp_matches(${text}, ${WRITTEN_OFFSET}), try_cast(${text} as timestamptz),
    timezone(${zone}, try_cast(${text} as timestamp)))`
}
