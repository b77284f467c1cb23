import { Context } from '@temporalio/activity'

/** A heartbeat is sent this often; Temporal times the attempt out after several misses. */
export const PULSE_MS = 2_500

/** The signs of life between a piece of work and Temporal. */
export interface Life {
  heartbeat(): void
  signal: AbortSignal
}

export function currentLife(): Life {
  const context = Context.current()
  return { heartbeat: () => context.heartbeat(), signal: context.cancellationSignal }
}

/** The workflow that the current activity works for, as the ledger names it. */
export function currentWorkflow(): { workflowId: string; runId: string } {
  const { workflowId, runId } = Context.current().info.workflowExecution!
  return { workflowId, runId }
}

/** Runs `work` and calls `beat` meanwhile, however long one statement takes. */
export async function whilePulsing<Result>(beat: () => void, work: () => Promise<Result>): Promise<Result> {
  const pulse = setInterval(beat, PULSE_MS)
  try {
    return await work()
  } finally {
    clearInterval(pulse)
  }
}
