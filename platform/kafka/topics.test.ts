import { describe, expect, test } from 'vitest'
import { wantedTopics } from './topics.ts'

const settings = { kafkaTopicPartitions: {}, kafkaEventRetentionHours: 168, avroTopics: [] }

describe('wantedTopics', () => {
  test('has events, state and dead letters, each with its clean-up', () => {
    const byName = new Map(wantedTopics(settings).map((topic) => [topic.name, topic]))
    expect(byName.get('pos_transactions')).toEqual({
      name: 'pos_transactions',
      partitions: 3,
      config: { 'cleanup.policy': 'delete', 'retention.ms': '604800000' },
    })
    expect(byName.get('shelf_state')?.config).toEqual({ 'cleanup.policy': 'compact' })
    expect(byName.get('product_catalog')?.config).toEqual({ 'cleanup.policy': 'compact' })
    expect(byName.get('foot_traffic.dlq')?.config['cleanup.policy']).toBe('delete')
  })

  test('takes partition counts from the settings and refuses a topic that is not there', () => {
    const eight = wantedTopics({ ...settings, kafkaTopicPartitions: { pos_transactions: 8 } })
    expect(eight.find(({ name }) => name === 'pos_transactions')?.partitions).toBe(8)
    expect(() => wantedTopics({ ...settings, kafkaTopicPartitions: { tills: 8 } })).toThrow('"tills"')
  })

  test('has a topic in Avro beside those that the settings name', () => {
    const names = wantedTopics({ ...settings, avroTopics: ['price_changes'] }).map(({ name }) => name)
    expect(names.filter((name) => name.endsWith('.avro'))).toEqual(['price_changes.avro'])
    expect(() => wantedTopics({ ...settings, avroTopics: ['shelf_state'] })).toThrow('"shelf_state"')
  })
})
