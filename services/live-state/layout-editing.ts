/** Changing where shelves are on the floor of their store: sent to `store_layouts`, as an import sends them. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { StoreLayout } from '../../contracts/events.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { topics } from '../../contracts/topics.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError, NotFoundError, UnavailableError } from '../errors.ts'
import { withProducer } from '../kafka.ts'
import { requireCount } from '../values.ts'
import type { Placement } from './layout.ts'
import { requireStore } from './map.ts'

const SHELVES_MAX = 5_000
/** Of one change. */
export const CHANGES_MAX = 500
/** Metres: no store is longer. */
const FLOOR_MAX = 1_000
const LEVEL_MAX = 20
const AISLE_CHARACTERS_MAX = 100
const APPLIED_WITHIN_MS = 30_000
const POLL_MS = 100

export interface LayoutShelf {
  shelfId: string
  /** Names of what is on it. */
  products: string
  /** Metres; null: it has no place, and is drawn in a schema. */
  place: Placement | null
}

export interface StoreLayoutNow {
  storeId: string
  storeName: string
  /** Changes with every change of a place. */
  version: string
  shelves: LayoutShelf[]
}

interface LayoutRow extends Pick<StoreLayoutNow, 'version' | 'shelves'> {
  at: string
  atMs: number
}

type Reader = Pick<PoolClient, 'query'>

/** @throws NotFoundError when there is no such store, or the reader does not see it */
export async function readLayout(pool: Reader, store: string): Promise<StoreLayoutNow> {
  const { name } = await requireStore(pool, store)
  const { version, shelves } = await readRow(pool, store)
  return { storeId: store, storeName: name, version, shelves }
}

const readRow = async (pool: Reader, store: string): Promise<LayoutRow> =>
  (await pool.query<LayoutRow>(statement('live-state/read_layout.sql'), [store, SHELVES_MAX])).rows[0]!

export interface ShelfChange {
  shelfId: string
  /** Null: it is taken from the floor. */
  place: Placement | null
}

export interface LayoutChange {
  store: string
  /** That the person has seen. */
  version: string
  shelves: readonly ShelfChange[]
}

export interface ChangedShelf {
  shelfId: string
  change: 'added' | 'moved' | 'removed'
}

/**
 * Checks a change, sends it, and waits until it applies. One person at a time changes the layout of a store.
 *
 * @param isDryRun checked only
 * @returns the shelves that change: those that stay where they are do not
 * @throws InvalidError when a place is outside of the floor, or overlaps another one
 * @throws ConflictError when another person has changed the layout since, or is changing it now
 * @throws NotFoundError when the store has no such shelf, or the person does not see the store
 * @throws UnavailableError when no stream worker has applied it within 30 s; it may still be applied
 */
export async function changeLayout(
  { pool, kafka }: { pool: Pool; kafka: <Result>(work: (client: Kafka) => Promise<Result>) => Promise<Result> },
  change: LayoutChange,
  { isDryRun = false } = {},
): Promise<ChangedShelf[]> {
  if (isDryRun) return (await plan(pool, change)).changed
  return inTransaction(pool, async (client) => {
    await requireSoleEditor(client, change.store)
    const { known, after, changed } = await plan(client, change)
    if (changed.length === 0) return changed
    const before = placesOf(known)
    const messages = changed.map(({ shelfId }) => ({
      key: `${change.store}/${shelfId}`,
      value: eventOf(change.store, shelfId, after.get(shelfId) ?? null, before.get(shelfId) ?? null, known),
      timestamp: String(Math.floor(known.atMs)),
    }))
    await kafka((connected) =>
      withProducer(connected, (producer) => producer.send({ topic: 'store_layouts', acks: -1, messages })),
    )
    await untilApplied(client, change.store, changed, known.at)
    return changed
  })
}

/** Until the transaction ends: by then the change is applied, and the version that others have seen is an old one. */
async function requireSoleEditor(client: PoolClient, store: string): Promise<void> {
  const { rows } = await client.query<{ isFree: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "isFree"`,
    [`store-layout/${store}`],
  )
  if (!rows[0]!.isFree) {
    throw new ConflictError('another person is saving the layout', { fix: 'load the page again' })
  }
}

type Places = ReadonlyMap<string, Placement | null>

const placesOf = ({ shelves }: LayoutRow): Map<string, Placement | null> =>
  new Map(shelves.map(({ shelfId, place }) => [shelfId, place]))

async function plan(
  pool: Reader,
  { store, version, shelves }: LayoutChange,
): Promise<{ known: LayoutRow; after: Places; changed: ChangedShelf[] }> {
  await requireStore(pool, store)
  const known = await readRow(pool, store)
  if (known.version !== version) {
    throw new ConflictError('another person has changed the layout meanwhile', { fix: 'load the page again' })
  }
  if (shelves.length > CHANGES_MAX) throw new InvalidError(`more than ${CHANGES_MAX} shelves`, { field: 'shelf' })
  const after = placesOf(known)
  const changed: ChangedShelf[] = []
  for (const { shelfId, place } of shelves) {
    const before = after.get(shelfId)
    if (before === undefined) throw new NotFoundError('shelf', shelfId)
    if (place !== null) requirePlace(shelfId, place)
    if (isSame(before, place)) continue
    after.set(shelfId, place)
    changed.push({ shelfId, change: before === null ? 'added' : place === null ? 'removed' : 'moved' })
  }
  for (const { shelfId } of changed) requireFree(shelfId, after)
  return { known, after, changed }
}

function requirePlace(shelfId: string, { x, y, width, depth, level, aisle }: Placement): void {
  const refuse = (problem: string) => new InvalidError(`${shelfId} ${problem}`, { fix: 'give metres, such as 1.2' })
  for (const [name, value] of Object.entries({ x, y, width, depth })) {
    if (!Number.isFinite(value) || value < 0 || value > FLOOR_MAX) throw refuse(`${name} ${value} is not on the floor`)
  }
  if (width <= 0 || depth <= 0) throw refuse('has no width or no depth')
  if (x + width > FLOOR_MAX || y + depth > FLOOR_MAX) throw refuse('is not on the floor')
  requireCount('level', level, 1, LEVEL_MAX)
  if (aisle !== null && aisle.length > AISLE_CHARACTERS_MAX) throw refuse('has a name of an aisle that is too long')
}

const isSame = (one: Placement | null, other: Placement | null): boolean =>
  one === null || other === null
    ? one === other
    : one.x === other.x &&
      one.y === other.y &&
      one.width === other.width &&
      one.depth === other.depth &&
      one.level === other.level &&
      one.aisle === other.aisle

/** Shelves of one rack have the same rectangle and other levels; any other common area is an overlap. */
function requireFree(shelfId: string, places: Places): void {
  const own = places.get(shelfId)
  if (!own) return
  for (const [otherId, other] of places) {
    if (otherId === shelfId || !other || isOneRack(own, other) || !isOverlap(own, other)) continue
    throw new InvalidError(`${shelfId} overlaps ${otherId}`, {
      fix: 'move one of them, or give both the same place and other levels',
    })
  }
}

const isOneRack = (one: Placement, other: Placement): boolean =>
  one.x === other.x &&
  one.y === other.y &&
  one.width === other.width &&
  one.depth === other.depth &&
  one.level !== other.level

/** A millimetre of both is none: numbers were rounded. */
const TOUCHING = 0.001

const isOverlap = (one: Placement, other: Placement): boolean =>
  one.x + one.width > other.x + TOUCHING &&
  other.x + other.width > one.x + TOUCHING &&
  one.y + one.depth > other.y + TOUCHING &&
  other.y + other.depth > one.y + TOUCHING

function eventOf(
  store: string,
  shelfId: string,
  place: Placement | null,
  before: Placement | null,
  { at, atMs, version }: LayoutRow,
): string {
  // A shelf that is taken away keeps the place that it had.
  const { x, y, width, depth, level, aisle } = (place ?? before)!
  const decimal = (value: number) => String(Math.round(value * 1_000) / 1_000)
  const event: StoreLayout = {
    event_id: createHash('sha256')
      .update(JSON.stringify([store, shelfId, version, place]))
      .digest('hex')
      .slice(0, 40),
    source: 'shelfline web',
    schema_version: topics.store_layouts.schemaVersion,
    event_at: at,
    store_id: store,
    layout_id: `${store}/${shelfId}`,
    shelf_id: shelfId,
    x: decimal(x),
    y: decimal(y),
    width: decimal(width),
    depth: decimal(depth),
    level,
    aisle,
    is_removed: place === null,
  }
  const text = JSON.stringify(event)
  const parsed = parseEvent('store_layouts', Buffer.from(text), atMs)
  if (!parsed.ok) throw new InvalidError(`${shelfId}: ${parsed.error}`)
  return text
}

async function untilApplied(pool: Reader, store: string, changed: readonly ChangedShelf[], at: string): Promise<void> {
  const ids = changed.map(({ shelfId }) => shelfId)
  const deadline = performance.now() + APPLIED_WITHIN_MS
  for (;;) {
    const { rows } = await pool.query<{ applied: number }>(
      `select count(*)::integer as applied from ref.store_layout
       where store_id = $1 and shelf_id = any ($2) and recorded_at >= $3::timestamptz`,
      [store, ids, at],
    )
    if (rows[0]!.applied === ids.length) return
    if (performance.now() > deadline) {
      throw new UnavailableError(`the layout was sent, but not applied within ${APPLIED_WITHIN_MS / 1_000} s`, {
        fix: '`shelfline worker stream` applies it, `shelfline streams status` shows what runs',
      })
    }
    await pause(POLL_MS)
  }
}
