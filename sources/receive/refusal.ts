/** Why a whole request is refused. Other errors are faults of the receiver. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: 400 | 401 | 404 | 413 | 415 | 422 | 429 | 503 | 507
  /** For programs. */
  readonly code: string
  /** When it may be sent again; undefined: sending the same again does not help. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: Refusal['status'], code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** An event of a body that is not accepted. */
export interface RejectedEvent {
  /** Of the body: its line, or its place in a JSON array, from 1. */
  line: number
  problem: string
  error: string
  /** As it would have been sent. */
  value: Buffer
}
