/** What services share that ask a workflow. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, isGrpcServiceError, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'
import { refusalOf, UnavailableError } from './errors.ts'

const WORKFLOW_TASKS = 1
/** A worker that was just started packs its workflows before it asks for work. */
const WORKER_WAIT_MS = 10_000
const WORKER_POLL_MS = 250
/** The code of gRPC with which Temporal answers an Update of a workflow whose tasks fail. */
const FAILED_PRECONDITION = 9

/**
 * A workflow that no worker takes would wait in silence.
 *
 * @throws UnavailableError when no worker asks the queue for work within 10 s
 */
export async function requireWorker(client: Client, taskQueue: string): Promise<void> {
  const deadline = performance.now() + WORKER_WAIT_MS
  while (!(await hasWorker(client, taskQueue))) {
    if (performance.now() > deadline) {
      throw new UnavailableError('no batch worker is running', { fix: 'start one with `shelfline worker batch`' })
    }
    await pause(WORKER_POLL_MS)
  }
}

/** Adds the search attributes that workflows set; those that the namespace has stay as they are. */
export const prepareNamespace = (client: Client): Promise<void> => ensureSearchAttributes(client, searchAttributeNames)

async function hasWorker({ connection, options: { namespace } }: Client, taskQueue: string): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_TASKS,
  })
  return (pollers?.length ?? 0) > 0
}

/**
 * The answer of a workflow, or of an Update of one.
 *
 * @throws ServiceError when the workflow refused; UnavailableError when its tasks fail, so that nothing was done; Error with its cause when it failed
 */
export async function answerOf<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    const { cause } = error as Error
    if (isGrpcServiceError(cause) && cause.code === FAILED_PRECONDITION) {
      throw new UnavailableError(`the workflow cannot answer (${cause.details})`, {
        fix: "see the batch worker's log; nothing was changed, the same may be asked again",
      })
    }
    const hasFailed = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError
    throw hasFailed ? refusalOf(error.cause ?? error) : error
  }
}
