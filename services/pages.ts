/** Long lists are given in pages. */
import { InvalidError } from './errors.ts'
import { requireCount } from './values.ts'

export interface PageRequest {
  /** Entries at most, from 1 to 10,000; left out: 50. */
  limit?: number
  /** `next` of the page before; left out: the first page. */
  cursor?: string
}

export interface Page<Item> {
  items: Item[]
  /** The cursor of the page that follows; null: this was the last. */
  next: string | null
}

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 10_000

/** @throws InvalidError naming `limit` when it is out of range */
export const limitOf = ({ limit = LIMIT_DEFAULT }: PageRequest): number => requireCount('limit', limit, 1, LIMIT_MAX)

/**
 * The key of the last entry of the page before, as texts; nulls for the first page.
 *
 * @param parts of the key that the list is ordered by
 * @throws InvalidError when it is no cursor of such a list
 */
export function keyBefore({ cursor }: PageRequest, parts: number): (string | null)[] {
  if (cursor === undefined) return Array<null>(parts).fill(null)
  const key = parsed(Buffer.from(cursor, 'base64url').toString())
  if (Array.isArray(key) && key.length === parts && key.every((part) => typeof part === 'string')) return key
  throw new InvalidError('is not a cursor of this list', {
    field: 'cursor',
    value: cursor,
    fix: 'use "next" of a page',
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * @param rows one more than `limit` where there are more
 * @param keyOf what the list is ordered by
 */
export function pageOf<Item>(rows: Item[], limit: number, keyOf: (last: Item) => string[]): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > limit && last ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : null
  return { items, next }
}
