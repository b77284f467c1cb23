import { Check } from 'typebox/value'
import { type TopicName, topics } from '../../contracts/topics.ts'

const SEPARATOR = '\n'
const TWO_LINES = `a${SEPARATOR}b`

/**
 * Makes of events one text per field, a line an event, for `unnest(string_to_array($1, e'\\n', ''), …)`: PostgreSQL reads
 * these in half the time that `json_to_recordset` takes. A field that is absent is null there.
 *
 * @throws at once when the contract has no such field, or one whose values may contain a line feed
 */
export function textColumns(topic: TopicName, names: readonly string[]): (events: readonly object[]) => string[] {
  const { properties } = topics[topic].schema
  for (const name of names) {
    const schema = properties[name]
    if (schema === undefined) throw new Error(`text columns: ${topic} has no field "${name}"`)
    if (Check(schema, TWO_LINES))
      throw new Error(`text columns: ${topic}.${name} may contain a line feed: send it as JSON`)
  }
  return (events) =>
    names.map((name) => events.map((event) => (event as Record<string, unknown>)[name]).join(SEPARATOR))
}
