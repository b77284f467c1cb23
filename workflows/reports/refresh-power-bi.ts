import {
  ApplicationFailure,
  ParentClosePolicy,
  patched,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { FailureType } from '../../activities/failures.ts'
import { localQueries, powerBi } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

const MINUTE_MS = 60_000
/** As long as the service works on a refresh, and once more for the one before. */
const REFRESH_MS_MAX = 600 * MINUTE_MS

export interface PowerBiRefresh {
  /** off: the settings name no semantic model. */
  outcome: 'off' | 'completed'
  refreshId?: string
}

/**
 * Refreshes the semantic model in the Power BI service, and waits for its end. When another refresh is under way, it waits for that one
 * first: it may have read before what is new. From the Web UI: no input.
 *
 * @throws ApplicationFailure `PowerBiFailed` with the service's reason
 */
export async function refreshPowerBi(): Promise<PowerBiRefresh> {
  upsertSearchAttributes(describedBy({ pipeline: 'refresh-power-bi' }))
  const endsAt = Date.now() + REFRESH_MS_MAX
  let begun = await powerBi.beginPowerBiRefresh()
  while (begun.kind === 'busy') {
    await pause(endsAt, 'another refresh did not end')
    begun = await powerBi.beginPowerBiRefresh()
  }
  if (begun.kind === 'off') return { outcome: 'off' }
  const { refreshId } = begun
  for (;;) {
    await pause(endsAt, `refresh ${refreshId} did not end`)
    const refresh = await powerBi.readPowerBiRefresh(refreshId)
    if (refresh.state === 'completed') return { outcome: 'completed', refreshId }
    if (refresh.state === 'failed') throw failed(`refresh ${refreshId} failed: ${refresh.reason}`)
  }
}

async function pause(endsAt: number, problem: string): Promise<void> {
  if (Date.now() >= endsAt) throw failed(`${problem} within ${REFRESH_MS_MAX / MINUTE_MS} minutes`)
  await sleep(MINUTE_MS)
}

function failed(problem: string): ApplicationFailure {
  const type: FailureType = 'PowerBiFailed'
  return ApplicationFailure.nonRetryable(`Power BI: ${problem}`, type)
}

/** Starts the refresh after a pipeline, which does not wait for it: how it ends is in the list of runs. */
export async function startPowerBiRefresh(): Promise<void> {
  // Runs that are on record from before have started none.
  if (!patched('power-bi-is-refreshed')) return
  if (!(await localQueries.wantsPowerBiRefresh())) return
  await startChild(refreshPowerBi, {
    workflowId: `refresh-power-bi-after-${workflowInfo().runId}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
  })
}
