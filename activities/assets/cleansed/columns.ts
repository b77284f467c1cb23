/** The columns that the cleansing adds to the fields of a topic's contract, or says something else of. */
import type { AssetColumn } from '../framework/columns.ts'

const flag = (comment: string): AssetColumn => ({ type: 'boolean', comment })

export const isSynthetic = flag('Holds fields that were made up by a seeded rule, not observed.')
export const isUnknownStore = flag('No catalogue knows the store.')
export const isUnknownProduct = flag('No catalogue knows the product.')
export const knownAt: AssetColumn = { type: 'timestamp', comment: 'Instant at which the event reached Kafka.' }
export const storeId: AssetColumn = { type: 'string', comment: 'The store.' }
export const eventId: AssetColumn = { type: 'string', comment: 'The event that told of it; unique.' }
