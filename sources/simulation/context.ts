import type { Product } from './assortment.ts'
import type { Customers } from './customers.ts'
import type { Outbox } from './messages.ts'
import type { WorldOptions } from './options.ts'
import type { Timeline } from './timeline.ts'
import type { Truth } from './truth.ts'

/** What the parts of one world share. */
export interface Context {
  run: string
  options: WorldOptions
  products: readonly Product[]
  customers: Customers
  timeline: Timeline
  outbox: Outbox
  truth: Truth
}
