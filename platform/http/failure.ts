/**
 * Why a request got no answer: the message of the innermost error. `fetch` and the clients of servers wrap it, and Node.js reports the tries of several
 * addresses together, without a message.
 */
export function failureReason(error: unknown): string {
  let at = error as Error
  while (at.cause instanceof Error) at = at.cause
  const first = at instanceof AggregateError ? at.errors[0] : undefined
  return (first instanceof Error ? first : at).message
}
