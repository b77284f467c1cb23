import type { AssetContext, AssetDefinition, CheckResult, InputVersions, StagedShard } from '../asset.ts'
import { refuse } from '../failures.ts'

export interface Materialized {
  inputs: InputVersions
  rows: number
  bytes: number
  checks: CheckResult[]
  /** The lake table's version that holds the partition. */
  outputVersion?: number
  milliseconds: number
}

/**
 * Builds one partition in this process: plan, stage, check, swap. The ledger is not told; pipelines build under its eye
 * (`activities/build-partition.ts`).
 *
 * @throws ApplicationFailure `ChecksFailed`, not to be retried, when a blocking check fails; the old partition stands
 */
export async function materializePartition(
  context: AssetContext,
  asset: AssetDefinition,
  date: string,
  { shards = 1 }: { shards?: number } = {},
): Promise<Materialized> {
  const startedMs = performance.now()
  const { inputs } = await asset.plan(context, date)
  const staged: StagedShard[] = []
  let checks: CheckResult[]
  try {
    for (let index = 0; index < shards; index += 1) {
      staged.push(await asset.stage(context, date, { index, count: shards }, inputs))
    }
    checks = await asset.check(context, date, staged, inputs)
    const blocking = checks.filter(({ passed, severity }) => !passed && severity === 'block')
    if (blocking.length > 0) {
      const findings = blocking.map(({ check, finding }) => `${check}: ${finding}`).join('; ')
      throw refuse('ChecksFailed', `${asset.name} ${date} was not replaced: ${findings}`)
    }
  } catch (error) {
    await asset.discard(context, staged)
    throw error
  }
  const swapped = await asset.swap(context, date, staged, inputs)
  return { inputs, checks, ...swapped, milliseconds: performance.now() - startedMs }
}
