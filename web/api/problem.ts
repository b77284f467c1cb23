/** Errors of the API as problem documents (RFC 9457). */
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type ErrorCode, InvalidError, ServiceError } from '../../services/errors.ts'

const statuses: Record<ErrorCode, ContentfulStatusCode> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
}

export interface Problem {
  /** `urn:shelfline:problem:not_found`: programs switch on it. */
  type: string
  title: string
  status: ContentfulStatusCode
  detail?: string
  /** What to do about it. */
  fix?: string
  field?: string
  /** Under which the error is in the log. */
  instance?: string
}

interface RefusalDetails {
  fix?: string
  headers?: Readonly<Record<string, string>>
}

/** What the API refuses before a service is asked. */
export class ApiRefusal extends Error {
  readonly status: ContentfulStatusCode
  /** Programs switch on it: `rate_limited`. */
  readonly code: string
  readonly fix: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(status: ContentfulStatusCode, code: string, problem: string, { fix, headers = {} }: RefusalDetails = {}) {
    super(problem)
    this.status = status
    this.code = code
    this.fix = fix
    this.headers = headers
  }
}

/** @param errorId given to an unexpected error: its text may contain secrets */
export function problemOf(error: unknown, errorId: string): Problem {
  if (error instanceof ApiRefusal) {
    const { status, code, message, fix } = error
    return { type: problemType(code), title: message, status, ...(fix !== undefined && { fix }) }
  }
  if (!(error instanceof ServiceError)) {
    return { type: problemType('fault'), title: 'Internal error', status: 500, instance: `urn:uuid:${errorId}` }
  }
  return {
    type: problemType(error.code),
    title: error.problem,
    status: statuses[error.code],
    detail: error.message,
    ...(error.fix !== undefined && { fix: error.fix }),
    ...(error instanceof InvalidError && error.field !== undefined && { field: error.field }),
  }
}

const problemType = (code: string): string => `urn:shelfline:problem:${code}`
