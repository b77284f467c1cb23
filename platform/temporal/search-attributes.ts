import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '@temporalio/client'

const KEYWORD = 2
/** gRPC's code. */
const INVALID_ARGUMENT = 3
/** Each server of Temporal reads namespaces again within seconds. */
const KNOWN_MS_MAX = 60_000
const KNOWN_POLL_MS = 200

/**
 * Makes search attributes known to the namespace, as keywords, and waits until they can be used; those that are known stay as they are.
 *
 * @throws when the server still does not know them after a minute
 */
export async function ensureSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  const { namespace } = client.options
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace })
  const missing = names.filter((name) => !(name in customAttributes))
  if (missing.length === 0) return
  await addSearchAttributes(client, missing)
  const query = missing.map((name) => `${name} = ''`).join(' or ')
  const deadline = performance.now() + KNOWN_MS_MAX
  for (;;) {
    try {
      await client.connection.workflowService.countWorkflowExecutions({ namespace, query })
      return
    } catch (error) {
      if ((error as { code?: number }).code !== INVALID_ARGUMENT || performance.now() > deadline) throw error
      await pause(KNOWN_POLL_MS)
    }
  }
}

export async function addSearchAttributes(client: Client, missing: readonly string[]): Promise<void> {
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  })
}
