import type { TSchema } from 'typebox'
import { DAY_MS } from '../../contracts/calendar.ts'
import { identifierLength } from '../../contracts/fields.ts'
import { type TopicName, topics } from '../../contracts/topics.ts'
import { below, pick } from '../simulation/random.ts'

interface Schema {
  kind?: string
  pattern?: string
  minimum?: number
  enum?: readonly string[]
  anyOf?: readonly Schema[]
}

/** Values that the contract alone does not make believable. */
const believable: Readonly<Record<string, readonly (string | number)[]>> = {
  hold_seconds: [30, 60],
  visit_seconds: [1_800, 3_600],
  restock_below: ['0.2', '0.3', '0.9'],
  restock_to: ['0.8', '1'],
  reorder_point: ['10', '20'],
  order_up_to: ['15', '40'],
  target_date: ['2024-05-04', '2024-05-05'],
  features_date: ['2024-05-03'],
  features: ['{"level": 3, "recent": [1, 2, 3]}'],
  time_zone: ['Europe/London', 'America/New_York'],
}
/** Optional, but not beside every value of other fields. */
const NEEDED: ReadonlySet<string> = new Set(['order_id', 'opens_at', 'closes_at'])
/** Few values, so that events meet: in the same store, of the same product, in the same basket. */
const VALUES = 4
/** Identifiers as tills and ERPs have them: what quotes, separates or ends something elsewhere is a part of a name here. */
const identifiers = [
  (name: string) => `${name}-0`,
  (name: string) => `BANK CHARGES, "${name}"`,
  (name: string) => `Größe/${name}?#%2F';--`,
  (name: string) => `在庫 ${name} {3}|\\N`,
]

/**
 * An event that keeps its topic's contract, made from the contract itself.
 *
 * @param atMs when it happened, milliseconds since the epoch
 */
export function randomEvent(topic: TopicName, eventId: string, atMs: number, random: () => number): object {
  const { schema, schemaVersion } = topics[topic]
  const fields: [string, unknown][] = []
  for (const [name, property] of Object.entries(schema.properties as Record<string, Schema>)) {
    const isOptional = property.anyOf !== undefined && !NEEDED.has(name)
    if (isOptional && random() < 0.4) continue
    const values = believable[name]
    fields.push([
      name,
      values === undefined ? randomValue(name, property.anyOf?.[0] ?? property, atMs, random) : pick(random, values),
    ])
  }
  const event_at = new Date(atMs - 5 * 3_600_000).toISOString().replace('Z', '-05:00')
  return { ...Object.fromEntries(fields), event_id: eventId, schema_version: schemaVersion, event_at }
}

function randomValue(name: string, schema: Schema, atMs: number, random: () => number): unknown {
  switch (schema.kind) {
    case 'integer':
      return (schema.minimum ?? 0) + below(random, 20)
    case 'decimal': {
      const isSigned = schema.pattern?.startsWith('^-') ?? false
      return `${isSigned && random() < 0.2 ? '-' : ''}${below(random, 9)}.${below(random, 100)}`
    }
    case 'boolean':
      return random() < 0.5
    case 'instant':
      return new Date(atMs + below(random, 5 * 3_600_000)).toISOString()
    case 'enum':
      return pick(random, schema.enum!)
    default:
      return name.endsWith('_on')
        ? new Date(atMs + below(random, 9) * DAY_MS).toISOString().slice(0, 10)
        : identifierLength(schema as TSchema) === undefined
          ? `${name}-${below(random, VALUES)}`
          : pick(random, identifiers)(name)
  }
}
