/** The shelves of a store on its floor, and how they are now. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { NotFoundError } from '../errors.ts'
import { type Aisle, layOut, type Placement, type Rectangle } from './layout.ts'

const SHELVES_MAX = 5_000
const STORES_MAX = 1_000

/** Quantities are decimal text, units. */
export interface MapShelf {
  productId: string
  name: string
  category: string | null
  shelfId: string
  capacity: string
  available: string
  /** What fills it, as a share of its capacity; null: it holds nothing. */
  fill: number | null
  /** The fill under which it is restocked. */
  restockBelow: number
  /** Of a stock-out before the next delivery. */
  probability: number | null
  expiresInDays: number | null
  /** Open alerts about it. */
  alerts: number
  lastWeightAt: Date | null
  place: Rectangle
}

export interface StoreMap {
  storeId: string
  storeName: string
  timeZone: string
  /** sent: as it was sent; partly: some shelves in a schema; schematic: all of them; synthetic: by a simulation. */
  layout: 'sent' | 'partly' | 'schematic' | 'synthetic'
  /** Metres. */
  width: number
  depth: number
  aisles: Aisle[]
  /** At most 5,000. */
  shelves: MapShelf[]
}

interface ShelfRow extends Omit<MapShelf, 'place'> {
  placement: (Placement & { isSynthetic: boolean }) | null
}

/** @throws NotFoundError when there is no such store, or the reader does not see it */
export async function readStoreMap(pool: Pool, store: string): Promise<StoreMap> {
  const { name, timeZone } = await requireStore(pool, store)
  const { rows } = await pool.query<ShelfRow>(statement('live-state/read_map.sql'), [store, SHELVES_MAX])
  const { rectangles, aisles, width, depth } = layOut(rows)
  return {
    storeId: store,
    storeName: name,
    timeZone,
    layout: layoutOf(rows),
    width,
    depth,
    aisles,
    shelves: rows.map(({ placement, ...shelf }, index) => ({ ...shelf, place: rectangles[index]! })),
  }
}

function layoutOf(shelves: readonly ShelfRow[]): StoreMap['layout'] {
  const placed = shelves.filter(({ placement }) => placement !== null)
  if (placed.length === 0) return 'schematic'
  if (placed.length < shelves.length) return 'partly'
  return placed.some(({ placement }) => placement!.isSynthetic) ? 'synthetic' : 'sent'
}

interface FoundStore {
  name: string
  timeZone: string
}

/** @throws NotFoundError when there is no such store, or the reader does not see it */
export async function requireStore(pool: Pick<Pool, 'query'>, store: string): Promise<FoundStore> {
  const { rows } = await pool.query<FoundStore>(
    `select name, time_zone as "timeZone" from ref.stores
     where store_id = $1 and ((select ref.sees_everything()) or store_id in (select ref.visible_store_ids()))`,
    [store],
  )
  if (rows[0] === undefined) throw new NotFoundError('store', store)
  return rows[0]
}

/** What changes on the map from one moment to the next. */
export interface ShelfNow {
  productId: string
  /** Decimal text, units. */
  available: string
  fill: number | null
  alerts: number
  lastWeightAt: Date | null
}

export const readShelvesNow = async (pool: Pool, store: string): Promise<ShelfNow[]> =>
  (
    await pool.query<ShelfNow>({
      name: 'read_shelves_now',
      text: statement('live-state/read_map_now.sql'),
      values: [store, SHELVES_MAX],
    })
  ).rows

export interface MapStore {
  storeId: string
  name: string
  region: string
  shelves: number
  alerts: number
  hasLayout: boolean
}

/** The stores that the reader sees and that have shelves, those with the most open alerts first: at most 1,000. */
export const listMapStores = async (pool: Pool): Promise<MapStore[]> =>
  (await pool.query<MapStore>(statement('live-state/list_map_stores.sql'), [STORES_MAX])).rows
