/** Why a request got no answer. `fetch` has the reason in its error's cause, without a message where several addresses were tried. */
export function failureReason(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
