import { ApplicationFailure } from '@temporalio/common'
import { describe, expect, test } from 'vitest'
import { ConflictError, ForbiddenError, InvalidError, NotFoundError, refusalOf } from './errors.ts'

describe('an error of a service', () => {
  test('names what failed, the value and the fix', () => {
    const error = new InvalidError('is unknown', { field: 'reasonCode', value: 'rain', fix: 'use one of stock, price' })
    expect(error).toMatchObject({ code: 'invalid', name: 'InvalidError', field: 'reasonCode', value: 'rain' })
    expect(error.message).toBe('reasonCode "rain" is unknown: use one of stock, price')
    expect(error.messageAs('--reason-code')).toBe('--reason-code "rain" is unknown: use one of stock, price')
    expect(new InvalidError('is missing', { field: 'why' }).message).toBe('why is missing')
    expect(new NotFoundError('order', 'PO-1').message).toBe('order "PO-1" does not exist')
  })

  test('is made of what a workflow refuses, and of nothing else', () => {
    const refused = refusalOf(ApplicationFailure.nonRetryable('PO-1 is closed', 'OrderRefused'))
    expect(refused).toBeInstanceOf(ConflictError)
    expect(refused).toMatchObject({ message: 'PO-1 is closed' })
    const forbidden = refusalOf(ApplicationFailure.nonRetryable('eve may not approve it', 'OrderForbidden'))
    expect(forbidden).toBeInstanceOf(ForbiddenError)
    const fault = new Error('away')
    expect(refusalOf(fault)).toBe(fault)
  })
})
