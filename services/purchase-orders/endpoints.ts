/** Where orders to suppliers are sent: a change has to be confirmed by a person before anything is sent there. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, NotFoundError } from '../errors.ts'

const ENDPOINTS_MAX = 200

export interface UnconfirmedEndpoint {
  supplierId: string
  name: string
  adapter: 'file' | 'webhook' | 'simulator'
  /** Without its path, which may be a secret. */
  endpoint: string
  toldAt: Date
}

/** Those that wait the longest first: at most 200. */
export async function listUnconfirmedEndpoints(pool: Pool): Promise<UnconfirmedEndpoint[]> {
  const { rows } = await pool.query<UnconfirmedEndpoint>(statement('purchase-orders/list_endpoints.sql'), [
    ENDPOINTS_MAX,
  ])
  return rows.map((row) => ({ ...row, endpoint: shown(row.endpoint) }))
}

/**
 * Lets orders be sent to where a supplier is now.
 *
 * @returns where that is, without its path
 * @throws NotFoundError; ConflictError when it is confirmed already, or the person may not
 */
export async function confirmEndpoint(pool: Pool, supplier: string, by: Actor): Promise<string> {
  const { rows } = await pool.query<{ adapter: string; endpoint: string; isChanged: boolean }>(
    statement('purchase-orders/confirm_endpoint.sql'),
    [supplier, by],
  )
  if (rows[0] === undefined) throw new NotFoundError('supplier', supplier)
  const { adapter, endpoint, isChanged } = rows[0]
  if (!isChanged) throw new ConflictError(`where orders to ${supplier} are sent is confirmed already`)
  return shown(endpoint) || adapter
}

const shown = (endpoint: string): string => (URL.canParse(endpoint) ? new URL(endpoint).origin : endpoint)
