import { type TopicName, topics } from '../../contracts/topics.ts'
import type { Product, Supplier } from './assortment.ts'
import { CLOSES_AT_HOUR, OPENS_AT_HOUR } from './customers.ts'
import type { Depot } from './depot.ts'
import { floorPlan } from './floor.ts'
import { type Facts, kilograms, money, SOURCE, type WorldMessage } from './messages.ts'
import type { WorldOptions } from './options.ts'
import type { Place } from './place.ts'
import type { Store } from './store.ts'
import { clock, instantOf, TIME_ZONE } from './time.ts'

export interface CataloguedWorld {
  run: string
  products: readonly Product[]
  stores: readonly Store[]
  depots: readonly Depot[]
  options: Pick<WorldOptions, 'orders'>
}

/** A region each, with a city in it and about where that is. */
const cities = [
  { region: 'North', city: 'Leeds', latitude: 53.8, longitude: -1.55 },
  { region: 'East', city: 'Norwich', latitude: 52.63, longitude: 1.3 },
  { region: 'South', city: 'Brighton', latitude: 50.83, longitude: -0.14 },
  { region: 'West', city: 'Bristol', latitude: 51.45, longitude: -2.59 },
] as const

/** Master data and policies, dated at the run's start. Their keys are the world's own, so that no other run is touched. */
export function catalogue({ run, products, stores, depots, options }: CataloguedWorld, atMs: number): WorldMessage[] {
  const record = <Name extends TopicName>(topic: Name, facts: Facts<Name>): WorldMessage => {
    const key = (facts as Record<string, unknown>)[topics[topic].key] as string
    const envelope = {
      // The key alone is unique in its topic; an id has 64 characters at most, and terms have long keys.
      event_id: `${topic}-${key}`.slice(-64),
      source: SOURCE,
      schema_version: topics[topic].schemaVersion,
      event_at: instantOf(atMs),
      synthetic: true,
    }
    return { topic, key, value: JSON.stringify({ ...envelope, ...facts }), knownAtMs: atMs }
  }
  return [
    ...stores.map((store) => record('store_catalog', storeFacts(run, store))),
    ...products.map((product) => record('product_catalog', productFacts(product))),
    ...stores.flatMap(({ places, site }) =>
      places.map((place) => record('shelf_profiles', profileFacts(place, site.warehouseId))),
    ),
    ...stores.flatMap(({ places }) => floorPlan(places).map((facts) => record('store_layouts', facts))),
    ...stores.map(({ site }) => record('shelf_policies', shelfPolicy(site.storeId))),
    ...depots.flatMap((depot) =>
      products.map((product) => record('warehouse_policies', warehousePolicy(depot, product))),
    ),
    ...(options.orders ? supply(record, products, depots) : []),
  ]
}

type Recorder = <Name extends TopicName>(topic: Name, facts: Facts<Name>) => WorldMessage

/** Who the warehouses order from, on what terms, and by which rules. */
function supply(record: Recorder, products: readonly Product[], depots: readonly Depot[]): WorldMessage[] {
  const suppliers = [...new Map(products.map(({ supplier }) => [supplier.supplierId, supplier])).values()]
  return [
    ...suppliers.map((supplier) => record('supplier_catalog', supplierFacts(supplier))),
    ...depots.flatMap(({ warehouseId }) => [
      ...products.map((product) => record('supply_terms', supplyTerms(warehouseId, product))),
      record('replenishment_policies', {
        policy_id: `${warehouseId}-orders`,
        location_id: warehouseId,
        service_measure: 'cycle',
        service_target: '0.95',
        review_days: 1,
        maximum_cover_days: 14,
        ...why,
      }),
    ]),
  ]
}

const supplierFacts = ({ supplierId, leadDays: [shortest, longest] }: Supplier): Facts<'supplier_catalog'> => ({
  supplier_id: supplierId,
  name: `Supplier ${supplierId.split('-').slice(2).join(' ')}`,
  country: 'United Kingdom',
  adapter: 'simulator',
  order_weekdays: '1,2,3,4,5,6,7',
  cut_off: '20:00',
  time_zone: TIME_ZONE,
  lead_time_days: String((shortest + longest) / 2),
  currency: 'GBP',
})

/** Goods are bought for this share of what they are sold for. */
const COST_PERCENT = 65

const supplyTerms = (warehouseId: string, product: Product): Facts<'supply_terms'> => ({
  terms_id: `${warehouseId}/${product.productId}/${product.supplier.supplierId}`,
  location_id: warehouseId,
  product_id: product.productId,
  supplier_id: product.supplier.supplierId,
  unit_cost: money(Math.max(1, Math.round((product.listPriceCents * COST_PERCENT) / 100))),
  pack_size: String(product.caseUnits),
  shelf_life_days: product.lifeDays,
  preference: 1,
})

function storeFacts(run: string, { site }: Store): Facts<'store_catalog'> {
  const { latitude, longitude, ...place } = cities[site.index % cities.length]!
  // The stores of a city are about a kilometre apart.
  const north = latitude + Math.floor(site.index / cities.length) * 0.01
  return {
    store_id: site.storeId,
    name: `Simulated store ${site.index + 1} (${run})`,
    ...place,
    latitude: north.toFixed(2),
    longitude: longitude.toFixed(2),
    time_zone: TIME_ZONE,
    country: 'United Kingdom',
    currency: 'GBP',
    store_type: 'supermarket',
    area_square_metres: (300 + site.visitsPerDay / 2).toFixed(0),
    opening_hours: `Mo-Su ${clock(OPENS_AT_HOUR)}-${clock(CLOSES_AT_HOUR)}`,
  }
}

const productFacts = ({ productId, name, category, department }: Product): Facts<'product_catalog'> => ({
  product_id: productId,
  name,
  category,
  department,
  brand: name.split(' ')[0]!,
})

const profileFacts = (place: Place, warehouseId: string): Facts<'shelf_profiles'> => ({
  profile_id: `${place.storeId}/${place.product.productId}`,
  store_id: place.storeId,
  product_id: place.product.productId,
  shelf_id: place.shelfId,
  capacity: String(place.capacity),
  unit_weight: kilograms(place.product.unitWeightGrams),
  warehouse_id: warehouseId,
})

const why = { changed_by: SOURCE, reason: 'rule of the simulated stores' } as const

const shelfPolicy = (storeId: string): Facts<'shelf_policies'> => ({
  policy_id: `${storeId}-shelves`,
  store_id: storeId,
  restock_below: '0.5',
  restock_to: '1',
  refill_delay_seconds: 1_800,
  hold_seconds: 60,
  visit_seconds: 7_200,
  near_expiry_days: 1,
  markdown_percent: '30',
  ...why,
})

/** Orders bring some days' sales, as many as the goods last at most; a day's sales are kept against surprises. */
function warehousePolicy(depot: Depot, product: Product): Facts<'warehouse_policies'> {
  const perDay = depot.expectedPerDay[product.index]!
  const leadDays = product.supplier.leadDays[1]
  const reorderDays = leadDays + 1
  const coverDays = Math.min(4, Math.max(1, product.lifeDays / 2))
  return {
    policy_id: `${depot.warehouseId}-${product.productId.split('-').at(-1)}`,
    warehouse_id: depot.warehouseId,
    product_id: product.productId,
    reorder_point: Math.floor(perDay * reorderDays).toFixed(0),
    order_up_to: Math.ceil(perDay * (reorderDays + coverDays)).toFixed(0),
    lead_time_days: String(leadDays),
    pack_size: String(product.caseUnits),
    ...why,
  }
}
