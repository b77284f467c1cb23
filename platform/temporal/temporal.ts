import { Client, Connection } from '@temporalio/client'
import type { Settings } from '../settings/settings.ts'

type TemporalSettings = Pick<Settings, 'temporalAddress' | 'temporalNamespace'>

/** The task queue of the batch side: written here once, used by its workers and by everything that starts a workflow. */
export const BATCH_TASK_QUEUE = 'shelfline-batch'

/**
 * Backfills and repairs have a task queue of their own, with slots of their own in every batch worker, so that they never
 * hold up the pipelines.
 */
export const BACKFILL_TASK_QUEUE = 'shelfline-backfill'

/** Connects within ten seconds or throws with the address that did not answer. Close with `client.connection.close()`. */
export async function connectTemporal(settings: TemporalSettings): Promise<Client> {
  try {
    const connection = await Connection.connect({ address: settings.temporalAddress, connectTimeout: 10_000 })
    return new Client({ connection, namespace: settings.temporalNamespace })
  } catch (error) {
    throw new Error(
      `Temporal: ${settings.temporalAddress} does not answer (${(error as Error).message}); check that the instance is running: \`shelfline stack status\``,
      { cause: error },
    )
  }
}
