import { isTopicName, type TopicName } from '../../contracts/topics.ts'
import { SourceError } from '../errors.ts'
import { columnNames, type EventMap, parseMapDocument } from '../map.ts'
import { parseYaml } from '../map-file.ts'

/** How the changes of a table become events of one topic. */
export interface CdcMap {
  /** The topic that Debezium writes the changes of the table to: `<topic.prefix>.<schema>.<table>`. */
  from: string
  topic: TopicName
  /** Of a row that is new or has changed. */
  rows: EventMap
  /** Of a row that was deleted; undefined: that makes no event. */
  deletes: EventMap | undefined
  /** The columns that the maps read. */
  columns: readonly string[]
  /** Of these the difference to the row before is taken. */
  differences: readonly string[]
}

/** What a map may name beside the columns of the row: `change.at`, `change.id`, `change.quantity` (the difference). */
const CHANGE = 'change.'
/** The row as it was: `before.price`. */
const BEFORE = 'before.'
export const CHANGE_ID = 'change.id'
export const CHANGE_AT = 'change.at'
const PLACE_OF_TOPIC = /^[A-Za-z0-9._-]{1,249}$/

/**
 * Reads a map from YAML: the keys of a map of `shelfline import` (without `file` and `granularity`), `from` and `deletes`.
 *
 * @param name names the map in messages
 * @throws SourceError naming the key, its value and what is allowed
 */
export function parseCdcMap(content: string, name: string): CdcMap {
  const wrong = (problem: string) => new SourceError(`map ${name}: ${problem}`)
  const document = parseYaml(content, wrong)
  if (!isObject(document)) throw wrong('is not a map with from, topic, source, time_zone and columns')
  const { from, deletes, ...rest } = document
  if (typeof from !== 'string' || !PLACE_OF_TOPIC.test(from)) {
    throw wrong(`from ${JSON.stringify(from)} is not the topic of the changes of a table, such as erp.public.stock`)
  }
  for (const key of ['file', 'granularity', 'key']) {
    if (key in rest)
      throw wrong(`${key} is for files: a change of a row is one event, and its id is made from its place`)
  }
  if (isTopicName(from)) throw wrong(`from ${from} is a topic of events: events are made from the changes of a table`)
  const map = eventMap(rest, name)
  const ofDeletes = deletes === undefined ? undefined : mapOfDeletes(rest, deletes, name, wrong)
  const named = [map, ...(ofDeletes === undefined ? [] : [ofDeletes])].flatMap(columnNames)
  const differences = named.flatMap((column) => (isDifference(column) ? column.slice(CHANGE.length) : []))
  return {
    from,
    topic: map.topic,
    rows: map,
    deletes: ofDeletes,
    columns: unique(named.flatMap((column) => columnOf(column) ?? [])),
    differences: unique(differences),
  }
}

/** Its id comes from the place of the change, and its time is that of the change unless a column has it. */
function eventMap(document: Record<string, unknown>, name: string): EventMap {
  const columns = isObject(document.columns) ? document.columns : {}
  const constants = isObject(document.constants) ? document.constants : {}
  const isTimed = 'event_at' in columns || 'event_at' in constants
  const timed = isTimed ? columns : { ...columns, event_at: CHANGE_AT }
  return { ...parseMapDocument({ ...document, columns: timed, key: [CHANGE_ID] }, name), isExact: true }
}

/** The map of the rows, with other columns and constants where `deletes` has them. */
function mapOfDeletes(
  document: Record<string, unknown>,
  deletes: unknown,
  name: string,
  wrong: (problem: string) => SourceError,
): EventMap | undefined {
  if (deletes === 'ignore') return undefined
  if (!isObject(deletes) || Object.keys(deletes).some((key) => key !== 'columns' && key !== 'constants')) {
    throw wrong('deletes is neither "ignore" nor {columns, constants}')
  }
  const given = { columns: asObject(deletes.columns), constants: asObject(deletes.constants) }
  const replaced = new Set([...Object.keys(given.columns), ...Object.keys(given.constants)])
  const kept = (fields: unknown) =>
    Object.fromEntries(Object.entries(asObject(fields)).filter(([field]) => !replaced.has(field)))
  return eventMap(
    {
      ...document,
      columns: { ...kept(document.columns), ...given.columns },
      constants: { ...kept(document.constants), ...given.constants },
    },
    `${name}, deletes`,
  )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const asObject = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})

const unique = (names: readonly string[]): string[] => [...new Set(names)]

const isDifference = (column: string): boolean =>
  column.startsWith(CHANGE) && column !== CHANGE_ID && column !== CHANGE_AT

/** The column of the table that a map reads under this name; undefined: none. */
function columnOf(name: string): string | undefined {
  if (name === CHANGE_ID || name === CHANGE_AT) return undefined
  if (isDifference(name)) return name.slice(CHANGE.length)
  const plain = name.startsWith(BEFORE) ? name.slice(BEFORE.length) : name
  // What follows a dot is inside a column of JSON.
  return plain.split('.')[0]!
}
