import { InvalidError } from '../errors.ts'
import { requireWhy } from '../values.ts'

/** @throws InvalidError when a reason is none, or names the customer: it is kept */
export function requireWhyWithout(customerId: string, why: string): void {
  requireWhy(why)
  if (!why.includes(customerId)) return
  throw new InvalidError('names the customer, and is kept', { field: 'why', value: why, fix: 'leave the id out' })
}
