import type { Client } from '@temporalio/client'
import { searchAttributes } from '../workflows/search-attributes.ts'

const KEYWORD = 2

/** Makes the search attributes known to the namespace; those that are known stay as they are. */
export async function ensureSearchAttributes({ connection, options: { namespace } }: Client): Promise<void> {
  const { operatorService } = connection
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes))
  if (missing.length === 0) return
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name }) => [name, KEYWORD])),
  })
}
