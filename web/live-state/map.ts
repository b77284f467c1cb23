import { Type } from 'typebox'
import { countDays } from '../../contracts/calendar.ts'
import { formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { type Item, readItem } from '../../services/live-state/item.ts'
import {
  listMapStores,
  type MapShelf,
  type MapStore,
  readShelvesNow,
  readStoreMap,
  requireStore,
  type StoreMap,
} from '../../services/live-state/map.ts'
import { question, type View } from '../definition.ts'
import type { LiveStream } from '../live.ts'
import { addressWith, chips, empty, facts, message, type State, state } from '../page/components.ts'
import { type Content, type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { texts } from '../texts.ts'
import { dayRange } from './day-range.ts'
import { eventList, itemStats } from './item.ts'
import { expiry, expiryState, itemPath, mapPath, riskState } from './places.ts'
import { mapShape, mapStoreShape } from './shapes.ts'

const words = texts.map
const layers = ['fill', 'risk', 'expiry'] as const
type Layer = (typeof layers)[number]

export const mapStores = question({
  path: '/map',
  permission: 'stock.see',
  summary: 'The stores with shelves, those with the most open alerts first',
  query: Type.Object({}),
  answer: Type.Array(mapStoreShape),
  read: ({ pool }): Promise<MapStore[]> => listMapStores(pool),
  rows: (stores) => stores,
  page({ url, visitor: { locale } }, stores) {
    const columns: Column<MapStore>[] = [
      {
        name: 'store',
        heading: words.store,
        phone: 'lead',
        sortedBy: ({ name }) => name,
        cell: ({ storeId, name, region }) =>
          html`<a class="title" href="${mapPath(storeId)}">${name}</a><span class="under">${storeId} · ${region}</span>`,
      },
      {
        name: 'alerts',
        heading: words.alerts,
        isNumber: true,
        phone: 'aside',
        sortedBy: ({ alerts }) => alerts,
        cell: ({ alerts }) => (alerts > 0 ? state('act', formatNumber(locale, alerts)) : '0'),
      },
      {
        name: 'shelves',
        heading: words.shelves,
        isNumber: true,
        isNamed: true,
        sortedBy: ({ shelves }) => shelves,
        cell: ({ shelves }) => formatNumber(locale, shelves),
      },
      { name: 'plan', heading: words.plan, isNamed: true, cell: ({ hasLayout }) => words.plans[`${hasLayout}`] },
    ]
    return {
      title: words.title,
      note: words.choose,
      body: html`${
        stores.length === 0
          ? empty(words.noneTitle, words.none)
          : table({ caption: words.title, columns, rows: stores, url, locale })
      }`,
    }
  },
})

interface ShownMap extends StoreMap {
  /** The product whose shelf is chosen. */
  chosen: Item | null
}

export const storeMap = question({
  path: '/map/:store',
  permission: 'stock.see',
  summary: 'The shelves of a store and their positions; for one product, its details',
  query: Type.Object({
    store: Type.String({ maxLength: 200 }),
    product: Type.Optional(Type.String({ maxLength: 200 })),
    layer: Type.Optional(Type.Enum([...layers])),
    find: Type.Optional(Type.String({ maxLength: 100 })),
  }),
  answer: mapShape,
  async read({ pool }, { store, product }): Promise<ShownMap> {
    const map = await readStoreMap(pool, store)
    return { ...map, chosen: product === undefined ? null : await readItem(pool, { store, product, days: 7 }) }
  },
  rows: ({ shelves }) => shelves.map(({ place, ...shelf }) => ({ ...shelf, ...place })),
  page(view, map, { layer = 'fill', find = '' }) {
    const { url } = view
    const layout = words.layouts[map.layout]
    return {
      title: words.of(map.storeName),
      note: html`<a href="/map">${words.all}</a> · ${map.timeZone}`,
      ...(isAllowed(view.visitor.role, 'layouts.decide') && {
        actions: html`<a class="button small" href="${mapPath(map.storeId)}/edit">${texts.layout.edit}</a>`,
      }),
      live: `/map/${encodeURIComponent(map.storeId)}/live`,
      script: 'map.js',
      body: html`${layout && message('watch', layout)}
<div class="map ${map.chosen && 'has-drawer'}"><div>
<div class="map-tools">${chips(
        layers.map((one) => ({
          label: words.layers[one],
          href: addressWith(url, { layer: one === 'fill' ? null : one }),
          isCurrent: one === layer,
        })),
      )}
<form method="get" action="${url.pathname}" role="search"><label class="unseen" for="find">${words.find}</label><input id="find" name="find" type="search" value="${find}" placeholder="${words.find}">${layer !== 'fill' && html`<input type="hidden" name="layer" value="${layer}">`}</form>
<div class="actions hidden" data-zooms><button type="button" class="small" data-zoom="out" aria-label="${words.zoomOut}">−</button><button type="button" class="small" data-zoom="in" aria-label="${words.zoomIn}">+</button><button type="button" class="small" data-zoom="whole">${words.whole}</button></div></div>
${plan(view, map, layer, find)}
<div class="legend">${(['ok', 'watch', 'act', 'off'] as const).map((kind) => state(kind, words.legends[layer][kind]))}<span class="key alert">${words.alertLegend}</span><span class="key weighed">${words.weightLegend}</span><span class="quiet">${words.help}</span></div>
<details class="disclose"><summary>${words.asTable}</summary>${shelfTable(view, map)}</details></div>
${drawer(view, map.chosen)}</div>`,
    }
  },
})

/** Hundredths of a metre, so that numbers are short. */
const units = (metres: number): number => Math.round(metres * 100)
const GAP = 4

function plan(
  { url, visitor: { locale } }: View,
  map: StoreMap & { chosen: Item | null },
  layer: Layer,
  find: string,
): Html {
  const sought = find.trim().toLowerCase()
  const shelves = map.shelves.map((shelf, index) => {
    const { productId, name, available, capacity, fill, restockBelow, alerts, lastWeightAt, place } = shelf
    const [x, y, width, height] = [units(place.x), units(place.y), units(place.width) - GAP, units(place.depth) - GAP]
    const share = Math.max(0, Math.min(1, fill ?? 0))
    const isFound = sought !== '' && `${name} ${productId}`.toLowerCase().includes(sought)
    const kinds = [
      stateOf(shelf, layer),
      alerts > 0 && 'alert',
      isFound && 'found',
      map.chosen?.now.productId === productId && 'chosen',
    ].filter(Boolean)
    return html`<a href="${addressWith(url, { product: productId })}" tabindex="${index === 0 ? 0 : -1}" class="${kinds.join(' ')}" data-product="${productId}" data-name="${name}" data-capacity="${capacity}" data-below="${restockBelow}" data-weighed="${lastWeightAt?.getTime() ?? 0}"><title>${words.shelfLabel(name, formatNumber(locale, available, 1), formatNumber(locale, capacity, 1), alerts)}</title><rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" /><rect class="level" x="${x}" y="${(y + height * (1 - share)).toFixed(1)}" width="${width}" height="${(height * share).toFixed(1)}" data-top="${y}" data-height="${height}" /><text x="${x + 6}" y="${y + height / 2 + 4}">${name.slice(0, 16)}</text></a>`
  })
  const [width, height] = [units(map.width), units(map.depth)]
  return html`<div class="floor"><svg viewBox="0 0 ${width} ${height}" role="group" aria-label="${words.label(map.storeName)}" class="${sought !== '' && 'sought'}" data-map data-layer="${layer}" data-label="${words.shelfLabel('{name}', '{available}', '{capacity}', 0)}"><rect class="ground" width="${width}" height="${height}" />${map.aisles.map(({ name, x, y }) => html`<text class="aisle" x="${units(x)}" y="${units(y) - 10}">${name}</text>`)}${shelves}</svg></div>`
}

function stateOf({ fill, restockBelow, probability, expiresInDays }: MapShelf, layer: Layer): State {
  if (layer === 'risk') return probability === null ? 'off' : riskState(probability)
  if (layer === 'expiry') {
    if (expiresInDays === null) return 'off'
    const kind = expiryState(expiresInDays)
    return kind === 'off' ? 'ok' : kind
  }
  if (fill === null) return 'off'
  return fill <= 0 ? 'act' : fill < restockBelow ? 'watch' : 'ok'
}

function shelfTable({ url, visitor: { locale } }: View, { storeId, shelves }: StoreMap): Html {
  const columns: Column<MapShelf>[] = [
    {
      name: 'product',
      heading: words.shelf,
      phone: 'lead',
      sortedBy: ({ name }) => name,
      cell: ({ productId, name, shelfId, category }) =>
        html`<a class="title" href="${itemPath(storeId, productId)}">${name}</a><span class="under">${[shelfId, category].filter(Boolean).join(' · ')}</span>`,
    },
    {
      name: 'fill',
      heading: words.layers.fill,
      isNumber: true,
      phone: 'aside',
      sortedBy: ({ fill }) => fill ?? 0,
      cell: (shelf) =>
        state(
          stateOf(shelf, 'fill'),
          texts.stock.ofCapacity(formatNumber(locale, shelf.available, 1), formatNumber(locale, shelf.capacity, 1)),
        ),
    },
    {
      name: 'risk',
      heading: words.layers.risk,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ probability }) => probability ?? 0,
      cell: ({ probability }) =>
        probability !== null && state(riskState(probability), `${formatNumber(locale, 100 * probability)} %`),
    },
    {
      name: 'expiry',
      heading: words.layers.expiry,
      isNumber: true,
      isNamed: true,
      sortedBy: ({ expiresInDays }) => expiresInDays ?? 1e9,
      cell: ({ expiresInDays }) =>
        expiresInDays !== null &&
        state(expiryState(expiresInDays), texts.stock.days(formatNumber(locale, expiresInDays))),
    },
    {
      name: 'alerts',
      heading: words.alerts,
      isNumber: true,
      sortedBy: ({ alerts }) => alerts,
      cell: ({ alerts }) => alerts > 0 && state('act', formatNumber(locale, alerts)),
    },
  ]
  return table({ caption: words.asTable, columns, rows: shelves, url, locale })
}

const EVENTS_SHOWN = 6

/** What is known of the product of the chosen shelf; it is also fetched alone, when a shelf is chosen with script. */
function drawer(view: View, item: Item | null): Html {
  const { url, visitor } = view
  const { locale } = visitor
  if (item === null) return html`<aside id="drawer" class="drawer"></aside>`
  const { now, lots, events, days } = item
  const plans = events.filter(
    ({ kind, status }) => kind === 'restock' && status !== 'refilled' && status !== 'cancelled',
  )
  return html`<aside id="drawer" class="drawer" aria-label="${now.name}"><header><div><h2>${now.name}</h2><p class="small quiet">${[now.shelfId, now.category].filter(Boolean).join(' · ')}</p></div><a class="button small" data-drawer-close href="${addressWith(url, { product: null })}">${words.close}</a></header>
${facts(itemStats(item, locale).map(({ label, value, compared }) => [label, html`${value}${compared && html` <span class="small quiet">${compared}</span>`}`]))}
<h3>${words.ahead}</h3>${dayRange(days.filter(({ day }) => day >= now.today).slice(0, 7), words.aheadChart(now.name), locale) || html`<p class="quiet">${texts.item.noForecast}</p>`}
${facts([
  [
    words.pickedUp,
    now.pickedBy > 0 ? words.byCustomers(formatNumber(locale, now.pickedLastHour, 1), now.pickedBy) : words.nobody,
  ],
  [
    words.restock,
    plans.length === 0
      ? words.noRestock
      : plans.map(
          ({ text, quantity, status }) =>
            html`<div>${texts.item.eventTexts.restock(text, formatNumber(locale, quantity ?? 0, 1))}${status !== 'open' && ` · ${status}`}</div>`,
        ),
  ],
  [words.lots, lots.length > 0 && lots.slice(0, EVENTS_SHOWN).map((lot) => lotLine(lot, now.today, locale))],
])}
<h3>${words.history}</h3>${eventList(view, now, events.slice(0, EVENTS_SHOWN))}
<div class="actions"><a class="button small" href="${itemPath(now.storeId, now.productId)}">${words.story}</a></div></aside>`
}

function lotLine({ batchId, onHand, expiresOn }: Item['lots'][number], today: string, locale: string): Content {
  const days = expiresOn === null ? null : countDays(today, expiresOn)
  return html`<div>${formatNumber(locale, onHand, 1)} ${expiry(locale, expiresOn, days)} <span class="quiet small">${batchId}</span></div>`
}

/** Values by product: fill, available, alerts, when it was weighed. */
export const shelfValues: LiveStream = {
  path: '/map/:store/live',
  permission: 'stock.see',
  intervalMs: 700,
  admit: ({ pool }, { store }) => requireStore(pool, store!),
  async read({ pool }, { store }) {
    const shelves = await readShelvesNow(pool, store!)
    return Object.fromEntries(
      shelves.map(({ productId, fill, available, alerts, lastWeightAt }) => [
        productId,
        [fill?.toFixed(3) ?? '', available, alerts, lastWeightAt?.getTime() ?? 0].join(' '),
      ]),
    )
  },
}
