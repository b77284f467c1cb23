/** The refresh of the semantic model in the Power BI service, when the settings name one. */
import { ApplicationFailure } from '@temporalio/activity'
import {
  type BegunRefresh,
  beginRefresh,
  isPowerBiConfigured,
  PowerBiError,
  type PowerBiSettings,
  type RefreshState,
  readRefresh,
} from '../../platform/power-bi/power-bi.ts'
import { currentLife } from '../activity-context.ts'
import type { FailureType } from '../failures.ts'

export function createPowerBiActivities({ settings }: { settings: PowerBiSettings }) {
  return {
    wantsPowerBiRefresh: async (): Promise<boolean> => isPowerBiConfigured(settings),

    /**
     * Asks the service to refresh. An answer that was lost is asked for again: then the service is busy with this very refresh, and
     * another follows, which changes nothing.
     *
     * @throws PowerBiAway, retried; PowerBiRefused, which a person has to mend
     */
    beginPowerBiRefresh: async (): Promise<BegunRefresh | { kind: 'off' }> =>
      isPowerBiConfigured(settings) ? asFailure(beginRefresh(settings, currentLife().signal)) : { kind: 'off' },

    /** @throws as `beginPowerBiRefresh` */
    readPowerBiRefresh: (refreshId: string): Promise<RefreshState> =>
      asFailure(readRefresh(settings, refreshId, currentLife().signal)),
  }
}

export type PowerBiActivities = ReturnType<typeof createPowerBiActivities>

async function asFailure<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof PowerBiError)) throw error
    const { message, isFinal, retryAfterMs } = error
    const type: FailureType = isFinal ? 'PowerBiRefused' : 'PowerBiAway'
    throw ApplicationFailure.create({
      message,
      type,
      nonRetryable: isFinal,
      ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
    })
  }
}
