/** Long lists are given in pages. */
import { InvalidError } from './errors.ts'
import { isDate, isStorableText, requireCount } from './values.ts'

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

/** What a part of a key is in PostgreSQL, whose text of it the cursor has. */
const isPart = {
  text: isStorableText,
  integer: (part: string) => /^-?\d{1,9}$/.test(part),
  bigint: (part: string) => /^\d{1,18}$/.test(part),
  numeric: (part: string) => /^-?(\d{1,60}(\.\d{1,60})?|Infinity)$/.test(part),
  date: isDate,
  timestamptz: (part: string) =>
    isDate(part.slice(0, 10)) &&
    /^ ([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?$/.test(part.slice(10)),
  uuid: (part: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
} as const satisfies Record<string, (part: string) => boolean>

export type KeyPart = keyof typeof isPart

/**
 * The key of the last entry of the page before, as texts; nulls for the first page.
 *
 * @param parts of the key that the list is ordered by
 * @throws InvalidError when it is no cursor of such a list
 */
export function keyBefore({ cursor }: PageRequest, parts: readonly KeyPart[]): (string | null)[] {
  if (cursor === undefined) return parts.map(() => null)
  const key = parsed(Buffer.from(cursor, 'base64url').toString())
  const isKey =
    Array.isArray(key) &&
    key.length === parts.length &&
    parts.every((part, at) => typeof key[at] === 'string' && isPart[part](key[at]))
  if (isKey) return key as string[]
  throw new InvalidError('is not a cursor of this list', {
    field: 'cursor',
    value: cursor,
    fix: 'use "next" of a page',
  })
}

/** As `keyBefore`, for statements that take the key whole; null for the first page. */
export const placeBefore = (request: PageRequest, parts: readonly KeyPart[]): (string | null)[] | null =>
  request.cursor === undefined ? null : keyBefore(request, parts)

export const cursorOf = (key: readonly string[]): string => Buffer.from(JSON.stringify(key)).toString('base64url')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A row of a statement that counts all that match, and orders them by a key of its own. */
export interface Placed {
  total: number
  place: string[]
}

export interface CountedPage<Item> extends Page<Item> {
  /** Of all pages. */
  total: number
}

/** @param rows one more than `limit` where there are more */
export function countedPageOf<Row extends Placed>(
  rows: readonly Row[],
  limit: number,
): CountedPage<Omit<Row, keyof Placed>> {
  const { items, next } = pageOf([...rows], limit, ({ place }) => place)
  return { items: items.map(({ total, place, ...item }) => item), next, total: rows[0]?.total ?? 0 }
}

/**
 * @param rows one more than `limit` where there are more
 * @param keyOf what the list is ordered by
 */
export function pageOf<Item>(rows: Item[], limit: number, keyOf: (last: Item) => string[]): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > limit && last ? cursorOf(keyOf(last)) : null
  return { items, next }
}
