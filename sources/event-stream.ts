import { fieldsOf } from '../contracts/avro.ts'
import { type TopicName, topics } from '../contracts/topics.ts'
import { type DuckDBConnection, identifier, literal } from '../platform/duckdb/duckdb.ts'

/** One event on its way to Kafka. */
export interface SourceEvent {
  topic: TopicName
  key: string | null
  /** The event as JSON. */
  value: string
  /** When the event became known, in milliseconds since the epoch; null when its instant can't be read. */
  sendAtMs: number | null
  /** The row of the file that it was made from, counted from 1, for imports. */
  fileRow: number | null
}

/** Events that are sorted at a time: enough to make a query worth its while, and about 40 MB of JSON. */
const WINDOW_EVENTS = 100_000

interface Window {
  /** SQL condition on `event_date`. */
  condition: string
  events: number
}

/**
 * How many events there are, and in which stretches of days they are made.
 *
 * @param names topics, each of which has a relation of its name in the connection
 */
export async function planWindows(
  connection: DuckDBConnection,
  names: readonly TopicName[],
): Promise<{ windows: Window[]; counts: Partial<Record<TopicName, number>>; events: number }> {
  const parts = names.map((name) => `select ${literal(name)} as topic, event_date from ${name}`)
  const reader = await connection.runAndReadAll(
    `select event_date::varchar, topic, count(*)::integer from (${parts.join(' union all ')})
     group by event_date, topic order by event_date nulls first, topic`,
  )
  const counts: Partial<Record<TopicName, number>> = {}
  const windows: Window[] = []
  let open: { from: string | null; to: string | null; events: number } | undefined
  const close = () => {
    if (open) windows.push({ condition: between(open.from, open.to), events: open.events })
    open = undefined
  }
  for (const [date, topic, events] of reader.getRows() as [string | null, TopicName, number][]) {
    counts[topic] = (counts[topic] ?? 0) + events
    const isFull = open && open.events + events > WINDOW_EVENTS
    if (open && date !== open.to && (isFull || open.to === null)) close()
    open ??= { from: date, to: date, events: 0 }
    open.to = date
    open.events += events
  }
  close()
  return { windows, counts, events: windows.reduce((sum, window) => sum + window.events, 0) }
}

const between = (from: string | null, to: string | null): string =>
  from === null ? 'event_date is null' : `event_date between date '${from}' and date '${to}'`

/** The events of the given topics in the order in which they became known, some thousands at a time. */
export async function* streamEvents(
  connection: DuckDBConnection,
  names: readonly TopicName[],
  source: string,
  windows: readonly Window[],
): AsyncGenerator<SourceEvent[]> {
  const selects: string[] = []
  for (const name of names) selects.push(await eventSelect(connection, name, source))
  for (const { condition } of windows) {
    const parts = selects.map((select) => `${select} where ${condition}`)
    const result = await connection.stream(
      `select topic, key, value, send_at_ms, file_row from (${parts.join(' union all ')})
       order by send_at_ms nulls first, topic desc, file_row, event_id`,
    )
    for await (const chunk of result) {
      const [topic, key, value, sendAtMs, fileRow] = chunk.getColumns() as Columns
      yield topic.map((name, row) => ({
        topic: name,
        key: key[row]!,
        value: value[row]!,
        sendAtMs: sendAtMs[row]!,
        fileRow: fileRow[row]!,
      }))
    }
  }
}

type Columns = [TopicName[], (string | null)[], string[], (number | null)[], (number | null)[]]

/** The fields of the contract that the topic's relation has, as one JSON text. */
export async function eventSelect(connection: DuckDBConnection, name: TopicName, source: string): Promise<string> {
  const reader = await connection.runAndReadAll(`describe ${name}`)
  const there = new Set(reader.getRows().map(([column]) => String(column)))
  const fields = fieldsOf(topics[name]).map(({ name: field }) => {
    if (field === 'source') return `source := ${literal(source)}`
    if (field === 'schema_version') return `schema_version := ${topics[name].schemaVersion}`
    return there.has(field) ? `${field} := ${identifier(field)}` : undefined
  })
  return `select ${literal(name)} as topic, ${topics[name].key} as key,
    to_json(struct_pack(${fields.filter((field) => field !== undefined).join(', ')}))::varchar as value,
    epoch_ms(send_at)::double as send_at_ms,
    ${there.has('file_row') ? 'file_row::double' : 'null::double'} as file_row,
    event_id
    from ${name}`
}
