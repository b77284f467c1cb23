/** The assets that a worker has registered. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError, NotFoundError, UnavailableError } from '../errors.ts'

export interface Asset {
  asset: string
  description: string
  store: 'lake' | 'postgres'
  /** The assets that it is made from. */
  upstream: string[]
  codeVersion: string
}

/** By name, or every asset. */
export type AssetChoice = readonly string[] | 'all'

/** In dependency order. */
export async function readAssets(pool: Pool): Promise<Asset[]> {
  const { rows } = await pool.query<Asset>(
    'select asset, description, store, upstream, code_version as "codeVersion" from ops.assets order by position',
  )
  return rows
}

/**
 * @throws UnavailableError when no worker has registered any
 * @throws InvalidError naming those that are unknown
 */
export async function requireAssets(pool: Pool, field: string, choice: AssetChoice): Promise<string[]> {
  const known = (await readAssets(pool)).map(({ asset }) => asset)
  if (known.length === 0) {
    throw new UnavailableError('no assets are known yet', { fix: 'start a worker once with `shelfline worker batch`' })
  }
  if (choice === 'all') return known
  const names = [...new Set(choice)]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return names
  const fix = `use some of ${known.join(', ')}, or all`
  throw new InvalidError('is unknown', { field, value: unknown.join(', '), fix })
}

/** @throws NotFoundError when no worker knows such an asset */
export async function requireAsset(pool: Pool, asset: string): Promise<void> {
  const known = (await readAssets(pool)).map((each) => each.asset)
  if (!known.includes(asset)) throw new NotFoundError('asset', asset, { fix: `use one of ${known.join(', ')}` })
}
