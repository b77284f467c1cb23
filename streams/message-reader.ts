import { randomBytes } from 'node:crypto'
import type { Kafka, KafkaMessage } from 'kafkajs'

export type ReadMessage = Pick<KafkaMessage, 'key' | 'value'>

const READ_MS_MAX = 30_000

/**
 * Reads one message at its place in Kafka, in a consumer group of its own that is deleted afterwards.
 *
 * @returns undefined when Kafka has no message there: it was deleted, compacted, or never was
 * @throws when Kafka does not answer within 30 s
 */
export async function readMessage(
  kafka: Kafka,
  topic: string,
  partition: number,
  offset: number,
): Promise<ReadMessage | undefined> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    if (!(await admin.listTopics()).includes(topic)) return undefined
    const log = (await admin.fetchTopicOffsets(topic)).find((one) => one.partition === partition)
    if (log === undefined || offset < Number(log.low) || offset >= Number(log.high)) return undefined
    const groupId = `shelfline.reader-${randomBytes(8).toString('hex')}`
    try {
      return await readFrom(kafka, groupId, topic, partition, offset)
    } finally {
      // Kafka forgets an empty group by itself, a week later.
      await admin.deleteGroups([groupId]).catch(() => undefined)
    }
  } finally {
    await admin.disconnect()
  }
}

async function readFrom(
  kafka: Kafka,
  groupId: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<ReadMessage | undefined> {
  const found = Promise.withResolvers<ReadMessage | undefined>()
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry: { retries: 2 } })
  const tooLate = setTimeout(() => {
    found.reject(new Error(`Kafka: ${topic}/${partition}@${offset} was not read within ${READ_MS_MAX / 1000} s`))
  }, READ_MS_MAX)
  consumer.on(consumer.events.CRASH, ({ payload }) => found.reject(payload.error))
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const others = (payload.memberAssignment[topic] ?? []).filter((one) => one !== partition)
    consumer.pause([{ topic, partitions: others }])
    consumer.seek({ topic, partition, offset: String(offset) })
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch, isStale, resolveOffset }) => {
        if (batch.partition !== partition || isStale()) return
        const message = batch.messages.find((one) => Number(one.offset) >= offset)
        if (message !== undefined) found.resolve(Number(message.offset) === offset ? message : undefined)
        // Nothing but what was rolled back, up to here: what follows is another message.
        else resolveOffset(batch.lastOffset())
      },
    })
    return await found.promise
  } finally {
    clearTimeout(tooLate)
    await consumer.disconnect()
  }
}
