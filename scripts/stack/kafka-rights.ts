/**
 * What each user of a secure Kafka may do, from the catalogue of topics. What is not here is denied. `docs/rights.md` is made from it.
 */
import { avroTopic, deadLetterTopic, stateTopicNames, type TopicName, topicNames } from '../../contracts/topics.ts'
import { rawTopics } from '../../streams/raw/raw-sink.ts'
import { productProcessors } from '../../streams/runtime/runtime.ts'
import type { KafkaUser } from './security.ts'

/** An operation includes `describe`. */
export type Operation = 'all' | 'read' | 'write' | 'describe'

export interface Right {
  operation: Operation
  resource: 'topic' | 'group' | 'cluster' | 'transactional id'
  /** Names; `x*`: all that begin with x. */
  names: readonly string[]
}

/** Events that Shelfline itself makes: movements, prices, alerts. Sales, visits, master data and policies come from outside or from people. */
const ownEvents: readonly TopicName[] = [
  'inventory_updates',
  'price_changes',
  'shelf_events',
  'warehouse_events',
  'alerts',
  'restock_alerts',
]

const everyTopic: readonly string[] = [...topicNames, ...stateTopicNames, ...topicNames.map(deadLetterTopic)]
const GROUPS = ['shelfline.*']
const CLUSTER = ['kafka-cluster']

export const kafkaRights: Readonly<Record<KafkaUser, { purpose: string; rights: readonly Right[] }>> = {
  shelfline_app: {
    purpose: 'commands: creates topics, sends and reads everything',
    rights: [
      { operation: 'all', resource: 'topic', names: ['*'] },
      { operation: 'all', resource: 'group', names: ['*'] },
      { operation: 'all', resource: 'transactional id', names: ['*'] },
      { operation: 'all', resource: 'cluster', names: CLUSTER },
    ],
  },
  shelfline_stream: {
    purpose: 'worker stream: reads events, publishes state, alerts, what it moves, and dead letters',
    rights: [
      {
        operation: 'read',
        resource: 'topic',
        names: topicNames.filter((name) =>
          [...productProcessors, { topics: rawTopics }].some(({ topics }) =>
            (topics as readonly string[]).includes(name),
          ),
        ),
      },
      {
        operation: 'write',
        resource: 'topic',
        names: [...stateTopicNames, ...ownEvents, ...topicNames.map(deadLetterTopic)],
      },
      { operation: 'read', resource: 'group', names: GROUPS },
      { operation: 'describe', resource: 'cluster', names: CLUSTER },
    ],
  },
  shelfline_batch: {
    purpose: 'worker batch: reads figures of the broker, no message',
    rights: [
      { operation: 'describe', resource: 'topic', names: everyTopic },
      { operation: 'describe', resource: 'group', names: ['*'] },
      { operation: 'describe', resource: 'cluster', names: CLUSTER },
    ],
  },
  shelfline_web: {
    purpose: 'web application: shows messages, sends what people change and dead letters again',
    rights: [
      { operation: 'read', resource: 'topic', names: everyTopic },
      { operation: 'write', resource: 'topic', names: topicNames },
      { operation: 'describe', resource: 'cluster', names: CLUSTER },
    ],
  },
  shelfline_receive: {
    purpose: 'webhook receiver: sends what registered sources have signed, reads nothing',
    rights: [{ operation: 'write', resource: 'topic', names: topicNames }],
  },
  shelfline_cdc: {
    purpose: 'worker cdc: makes events of captured changes, whose topics Kafka Connect names',
    rights: [
      { operation: 'read', resource: 'topic', names: ['*'] },
      { operation: 'write', resource: 'topic', names: topicNames },
      { operation: 'read', resource: 'group', names: ['shelfline.cdc.*'] },
      { operation: 'write', resource: 'transactional id', names: ['shelfline.cdc.*'] },
    ],
  },
  shelfline_avro: {
    purpose: 'worker avro: makes events of what other systems write in Avro',
    rights: [
      { operation: 'read', resource: 'topic', names: topicNames.map(avroTopic) },
      { operation: 'write', resource: 'topic', names: topicNames },
      { operation: 'read', resource: 'group', names: ['shelfline.avro*'] },
      { operation: 'write', resource: 'transactional id', names: ['shelfline.avro*'] },
    ],
  },
  shelfline_mqtt: {
    purpose: 'worker mqtt: sends what registered devices have sent, and what it knows of their connections',
    rights: [{ operation: 'write', resource: 'topic', names: topicNames }],
  },
  shelfline_files: {
    purpose: 'worker files: sends the rows of the files of feeds, reads nothing',
    rights: [{ operation: 'write', resource: 'topic', names: topicNames }],
  },
  shelfline_predict: {
    purpose: 'worker predict: answers requests for forecasts',
    rights: [
      { operation: 'read', resource: 'topic', names: ['feature_requests'] satisfies TopicName[] },
      { operation: 'write', resource: 'topic', names: ['predictions'] satisfies TopicName[] },
      { operation: 'read', resource: 'group', names: ['shelfline.predictions*'] },
      { operation: 'write', resource: 'transactional id', names: ['shelfline.predictions*'] },
    ],
  },
}

/** A part of the page `docs/rights.md`. */
export function kafkaRightsTable(): string {
  const shown = ({ operation, resource, names }: Right) =>
    `**${operation}** ${resource}${names.length === 1 && names[0] === CLUSTER[0] ? '' : ` ${listed(names)}`}`
  const rows = Object.entries(kafkaRights).map(
    ([user, { purpose, rights }]) => `| \`${user}\` | ${purpose} | ${rights.map(shown).join('<br>')} |`,
  )
  return ['| user | for | may |', '|---|---|---|', ...rows].join('\n')
}

function listed(names: readonly string[]): string {
  if (names.length === everyTopic.length) return 'every one of the catalogue, and dead letters'
  if (names.length === topicNames.length) {
    return names[0] === topicNames[0] ? 'every one with a contract' : '`TOPIC.avro` of every one with a contract'
  }
  const letters = names.filter((name) => name.endsWith('.dlq'))
  const others = names.filter((name) => !letters.includes(name)).map((name) => `\`${name}\``)
  return [...others, ...(letters.length > 0 ? ['`*.dlq`'] : [])].join(', ')
}
