import { fieldsOf } from '../contracts/avro.ts'
import type { Parsed } from '../contracts/parse.ts'
import { type TopicName, topics } from '../contracts/topics.ts'

type Rejected = Extract<Parsed<TopicName>, { ok: false }>

/**
 * Why an event that a map has made is rejected. A time that the map's format does not fit stays as the sender has it, so the rule is
 * the map's and not the contract's.
 */
export function explainMapped(topic: TopicName, event: Record<string, unknown>, { error, field }: Rejected): string {
  const { kind } = fieldsOf(topics[topic]).find(({ name }) => name === field) ?? {}
  return kind === 'instant'
    ? `${field} ${JSON.stringify(event[field!])} does not fit the date format of the map`
    : error
}
