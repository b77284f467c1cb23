/**
 * What a service throws when it does not do what it was asked. Programs switch on the code, people read the message. Every other
 * error is a fault: of a server that is away, or of ours.
 */
import type { FailureType } from '../activities/failures.ts'

export type ErrorCode =
  /** A value is impossible, whatever the state: correct it. */
  | 'invalid'
  /** There is no such thing. */
  | 'not_found'
  /** The state of the thing does not allow it, or it has changed since it was read. Nothing was changed. */
  | 'conflict'
  /** The person has no right to it. */
  | 'forbidden'
  /** A server or worker that has to answer does not. The same may be asked again later. */
  | 'unavailable'

interface Details {
  /** What to do about it; left out where the problem contains it. */
  fix?: string
}

export abstract class ServiceError extends Error {
  abstract readonly code: ErrorCode
  /** What failed, with the value: a clause without a full stop. */
  readonly problem: string
  readonly fix: string | undefined

  constructor(problem: string, { fix }: Details = {}) {
    super(sentence(problem, fix))
    this.name = this.constructor.name
    this.problem = problem
    this.fix = fix
  }
}

const sentence = (problem: string, fix: string | undefined): string =>
  fix === undefined ? problem : `${problem}: ${fix}`

interface InvalidDetails extends Details {
  /** The name of the value, as the service's types have it. */
  field?: string
  value?: unknown
}

/** With a field, the problem is about its value: `is not an instant`. The message then begins with both. */
export class InvalidError extends ServiceError {
  readonly code = 'invalid'
  readonly field: string | undefined
  readonly value: unknown

  constructor(problem: string, { fix, field, value }: InvalidDetails = {}) {
    super(problem, fix === undefined ? {} : { fix })
    this.field = field
    this.value = value
    if (field !== undefined) this.message = this.messageAs(field)
  }

  /** The message with another name for the field, such as that of a flag. */
  messageAs(name: string): string {
    const value = this.value === undefined ? [] : [JSON.stringify(this.value)]
    return sentence([name, ...value, this.problem].join(' '), this.fix)
  }
}

export class NotFoundError extends ServiceError {
  readonly code = 'not_found'
  /** What was looked for, as people call it: `order`. */
  readonly kind: string
  readonly id: string

  constructor(kind: string, id: string | number, details: Details = {}) {
    super(`${kind} "${id}" does not exist`, details)
    this.kind = kind
    this.id = String(id)
  }
}

export class ConflictError extends ServiceError {
  readonly code = 'conflict'
}

export class ForbiddenError extends ServiceError {
  readonly code = 'forbidden'
}

export class UnavailableError extends ServiceError {
  readonly code = 'unavailable'
}

const refusals: Partial<Record<FailureType, new (problem: string) => ServiceError>> = {
  InvalidInput: InvalidError,
  OrderRefused: ConflictError,
  OrderForbidden: ForbiddenError,
  TooLittleHistory: InvalidError,
  PartitionBusy: ConflictError,
}

/** What an activity or a workflow refuses, as an error of services; every other failure as it is. */
export function refusalOf(error: unknown): unknown {
  const type = error instanceof Error && 'type' in error ? (error.type as FailureType) : undefined
  const Refusal = type && refusals[type]
  return Refusal === undefined ? error : new Refusal((error as Error).message)
}
