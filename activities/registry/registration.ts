/** A trained version enters the registry: its files, its row, its metrics and, where it won, its being champion; all or nothing. */
import { inTransaction } from '../../platform/postgres/postgres.ts'
import type { BatchDependencies } from '../dependencies.ts'
import type { TrainedVersion } from './trainable-model.ts'
import { nextVersion, promote, type Registration, registerVersion } from './versions.ts'

export interface TrainedArtefact extends Omit<Registration, 'version' | 'artefact' | 'decision'> {
  /** The artefact's files by name, in the order in which they are written: the one that marks the rest as whole is last. */
  files: Readonly<Record<string, string | Uint8Array>>
  decision: PromotionDecision
}

export interface PromotionDecision {
  isBetter: boolean
  /** A sentence with figures, for the log and for people. */
  reason: string
}

/**
 * Takes the model's next number for it. Two trainings of a model at once take two numbers, for the second waits; what is
 * cancelled or killed on the way leaves files that the next one of the number overwrites, and no row.
 */
export async function registerTrained(
  { pool, objectStore, settings }: BatchDependencies,
  { files, decision, ...registration }: TrainedArtefact,
  signal: AbortSignal,
): Promise<TrainedVersion> {
  const { model, trainingRows, workflowId, trainedThrough } = registration
  return inTransaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtextextended('model/' || $1, 0))", [model])
    const version = await nextVersion(client, model)
    const artefact = `${settings.lakePrefix}/models/${model}/v${version}`
    for (const [name, content] of Object.entries(files)) {
      signal.throwIfAborted()
      await objectStore.put(`${artefact}/${name}`, content)
    }
    await registerVersion(client, { ...registration, version, artefact, decision: decision.reason })
    if (decision.isBetter) await promote(client, { model, version, by: workflowId, reason: decision.reason })
    const outcome = { isChampion: decision.isBetter, decision: decision.reason }
    return { model, version, date: trainedThrough, trainingRows, ...outcome }
  })
}
