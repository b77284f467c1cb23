import type { Client } from '@temporalio/client'

const KEYWORD = 2

/** Makes search attributes known to the namespace, as keywords; those that are known stay as they are. */
export async function ensureSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  const { namespace } = client.options
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace })
  const missing = names.filter((name) => !(name in customAttributes))
  if (missing.length > 0) await addSearchAttributes(client, missing)
}

export async function addSearchAttributes(client: Client, missing: readonly string[]): Promise<void> {
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  })
}
