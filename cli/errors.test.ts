import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { InvalidError, NotFoundError, UnavailableError } from '../services/errors.ts'
import { exitCodeOf, messageOf } from './errors.ts'

const command = new Command('set').option('--near-expiry-days <value>').option('--until <instant>')
const invalid = (field: string) => new InvalidError('is not a number', { field, value: 'soon', fix: 'try 3' })

describe('what a service refuses', () => {
  test('names the flag', () => {
    expect(messageOf(invalid('nearExpiryDays'), command)).toBe('--near-expiry-days "soon" is not a number: try 3')
    expect(messageOf(invalid('near_expiry_days'), command)).toBe('--near-expiry-days "soon" is not a number: try 3')
    expect(messageOf(invalid('kind'), command)).toBe('kind "soon" is not a number: try 3')
  })

  test('names where to look up what there is', () => {
    const line = new NotFoundError('order line', 'PO-a/b-W1/1')
    expect(messageOf(line, command)).toBe(
      'order line "PO-a/b-W1/1" does not exist: `shelfline orders show PO-a/b-W1` shows what there is',
    )
    expect(messageOf(new NotFoundError('cat', 'tom'), command)).toBe('cat "tom" does not exist')
  })

  test('is wrong use, unless it may work later', () => {
    expect(exitCodeOf(invalid('until'))).toBe(2)
    expect(exitCodeOf(new UnavailableError('no batch worker is running'))).toBe(1)
  })
})
