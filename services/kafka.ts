/** What services share that send to Kafka. */
import type { Kafka } from 'kafkajs'
import { createProducer, kafkaAnswer, type MessageProducer } from '../platform/kafka/kafka.ts'
import { UnavailableError } from './errors.ts'

/**
 * Work with a producer of its own, which connects with its first send.
 *
 * @throws UnavailableError when Kafka does not have the topic
 */
export async function withProducer<Result>(
  kafka: Kafka,
  work: (producer: MessageProducer) => Promise<Result>,
): Promise<Result> {
  const producer = createProducer(kafka)
  try {
    return await work(producer)
  } catch (error) {
    if (kafkaAnswer(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    throw new UnavailableError('Kafka does not have the topic', { fix: '`shelfline topics apply` creates it' })
  } finally {
    await producer.disconnect()
  }
}
