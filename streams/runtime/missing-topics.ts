import type { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Logger } from '../../platform/log.ts'

/** Topics that processors read and Kafka does not have: they wait for them, and read the others meanwhile. */
export class MissingTopics {
  readonly #topicLogs: TopicLogs
  readonly #logger: Logger
  /** By Kafka's name: the processors that wait. */
  readonly #waiting = new Map<string, string[]>()

  constructor(topicLogs: TopicLogs, logger: Logger) {
    this.#topicLogs = topicLogs
    this.#logger = logger
  }

  note(processor: string, topics: readonly string[]): void {
    for (const topic of topics) {
      this.#waiting.set(topic, [...(this.#waiting.get(topic) ?? []), processor])
      this.#logger.error({ processor, topic }, missingTopic(topic))
    }
  }

  /** Asks Kafka again for those that are missing. */
  async look(): Promise<void> {
    if (this.#waiting.size === 0) return
    for (const topic of (await this.#topicLogs.describe([...this.#waiting.keys()])).keys()) {
      this.#logger.info({ topic, processors: this.#waiting.get(topic) }, 'Kafka has the topic now')
      this.#waiting.delete(topic)
    }
  }

  /** What is missing and who waits for it, in a sentence, or undefined. */
  problem(): string | undefined {
    return [...this.#waiting].map(([topic, processors]) => waitsFor(topic, processors)).join('; ') || undefined
  }
}

export const waitsFor = (topic: string, processors: readonly string[]): string =>
  `${missingTopic(topic)}; until then ${processors.join(', ')} wait${processors.length === 1 ? 's' : ''}`

export const missingTopic = (topic: string): string =>
  `Kafka has no topic ${topic}; \`shelfline topics apply\` creates it`
