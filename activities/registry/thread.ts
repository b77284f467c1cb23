/** Long computations in a thread of their own, so that heartbeats and cancellation work meanwhile. */
import { Worker } from 'node:worker_threads'
import type { TaskAnswer, TaskName, tasks } from './thread-worker.ts'

type Input<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0]
type Output<Name extends TaskName> = ReturnType<(typeof tasks)[Name]>

/**
 * Runs one task. Typed arrays on shared memory (`sharedVector`) are read as they are, others are copied.
 *
 * @param onDone called with the part that is done, 0 to 1
 * @throws the signal's reason as soon as it is aborted: the thread is ended; else what the task threw
 */
export async function runTask<Name extends TaskName>(
  name: Name,
  input: Input<Name>,
  { signal, onDone }: { signal?: AbortSignal; onDone?: (done: number) => void } = {},
): Promise<Output<Name>> {
  signal?.throwIfAborted()
  const thread = new Worker(new URL('./thread-worker.ts', import.meta.url), { workerData: { name, input } })
  const ended = Promise.withResolvers<Output<Name>>()
  const onAbort = () => ended.reject(signal!.reason)
  signal?.addEventListener('abort', onAbort)
  thread.on('message', (answer: TaskAnswer) => {
    if ('done' in answer) onDone?.(answer.done)
    else if ('error' in answer) ended.reject(new Error(answer.error))
    else ended.resolve(answer.result as Output<Name>)
  })
  thread.on('error', ended.reject)
  thread.on('exit', () => ended.reject(new Error(`model thread: ${name} ended without an answer`)))
  try {
    return await ended.promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await thread.terminate()
  }
}
