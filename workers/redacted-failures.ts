import type { ActivityInboundCallsInterceptor } from '@temporalio/worker'
import { redactError } from '../platform/redact.ts'

/** What an activity throws is kept in its workflow's history, where more people may look than know the secrets. */
export const redactFailures: NonNullable<ActivityInboundCallsInterceptor['execute']> = (input, next) =>
  next(input).catch((error: unknown) => {
    throw redactError(error)
  })
