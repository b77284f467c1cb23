/** What erasing needs, on a world of a test's own. */
import { createLake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createVault } from '../../platform/vault.ts'
import type { World } from '../../streams/testing/world.ts'
import type { ErasureDependencies } from './erasure.ts'

export async function openErasing({ settings, pool, topics, logger }: World) {
  const database = await createDuckDb(settings)
  const connection = await database.connect()
  const objectStore = createObjectStore(settings)
  const lake = createLake({
    objectStore,
    database,
    prefix: settings.lakePrefix,
    onCheckpointFailed: (error) => {
      throw error
    },
  })
  const kafka = createKafka(settings, 'privacy-test', logger)
  const topicLogs = new TopicLogs(kafka)
  await topicLogs.connect()
  const dependencies: ErasureDependencies = {
    pool,
    vault: createVault(settings),
    kafka,
    topicLogs,
    settings,
    lake,
    connection,
    objectStore,
    bucket: settings.objectStoreBucket,
    // Other tests have their lakes in the same bucket.
    searched: `${settings.lakePrefix}/`,
    kafkaTopic: (topic) => `${topic}${topics.suffix}`,
  }
  const close = async () => {
    connection.closeSync()
    database.closeSync()
    objectStore.close()
    await topicLogs.disconnect()
  }
  return { dependencies, close }
}
