/** The editor of a store's floor plan: with script by pointer and keys, without it shelf by shelf. */
import { Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import { InvalidError } from '../../services/errors.ts'
import {
  CHANGES_MAX,
  changeLayout,
  type LayoutShelf,
  readLayout,
  type ShelfChange,
  type StoreLayoutNow,
} from '../../services/live-state/layout-editing.ts'
import { action, question, type View } from '../definition.ts'
import { addressWith, empty, form, input, section } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, count, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { mapPath } from './places.ts'

const words = texts.layout

const number = Type.Number()
const place = Type.Object({ x: number, y: number, width: number, depth: number, level: count, aisle: nullable(text) })

export const layoutEditor = question({
  path: '/map/:store/edit',
  permission: 'layouts.decide',
  summary: words.summary,
  query: Type.Object({
    store: Type.String({ maxLength: 200 }),
    shelf: Type.Optional(Type.String({ maxLength: 200 })),
  }),
  answer: Type.Object({
    storeId: text,
    storeName: text,
    version: text,
    shelves: Type.Array(Type.Object({ shelfId: text, products: text, place: nullable(place) })),
  }),
  read: ({ pool }, { store }): Promise<StoreLayoutNow> => readLayout(pool, store),
  rows: ({ shelves }) => shelves.map(({ place, ...shelf }) => ({ ...shelf, ...place })),
  page(view, layout, { shelf: chosen }) {
    const { storeId, storeName, shelves, version } = layout
    const found = shelves.find(({ shelfId }) => shelfId === chosen)
    return {
      title: words.of(storeName),
      note: html`<a href="${mapPath(storeId)}">${words.map}</a> · ${words.note}`,
      script: 'layout.js',
      body: html`${
        shelves.length === 0
          ? empty(texts.map.noneTitle, texts.map.none)
          : html`<div class="layout-editor hidden" data-editor data-texts="${JSON.stringify(words.script)}" data-shelves="${JSON.stringify(shelves)}">
<div class="map-tools"><div class="actions"><button type="button" class="small" data-undo disabled>${texts.toast.undo}</button><span class="small quiet" role="status" data-said></span></div></div>
<div class="floor"><svg role="group" aria-label="${texts.map.label(storeName)}" data-plan></svg></div>
<p class="small quiet">${words.help}</p>
${form(layoutPath(storeId), { version }, html`<div data-fields></div><div class="actions"><button class="main" data-save disabled>${words.save}</button><button name="dryRun" value="true" data-check disabled>${words.dryRun}</button></div>`, view.url)}</div>
${found && section(words.one(found.shelfId), shelfForm(view, layout, found))}
${section(words.table, shelfTable(view, shelves))}`
      }`,
    }
  },
})

const layoutPath = (store: string): string => `/map/${encodeURIComponent(store)}/layout`

function shelfForm(
  { url }: View,
  { storeId, version }: StoreLayoutNow,
  { shelfId, products, place }: LayoutShelf,
): Html {
  const metres = (name: 'x' | 'y' | 'width' | 'depth') =>
    input(name, words[name], place?.[name].toString(), html`type="number" min="0" max="1000" step="any"`)
  return html`<p class="quiet">${products}</p>${form(
    layoutPath(storeId),
    { version, shelf: shelfId },
    html`<div class="fields">${metres('x')}${metres('y')}${metres('width')}${metres('depth')}${input('level', words.level, String(place?.level ?? 1), html`type="number" min="1" max="20" required`)}${input('aisle', words.aisle, place?.aisle ?? '', html`maxlength="100"`)}
<button class="main">${words.save}</button><button name="dryRun" value="true">${words.dryRun}</button><button name="remove" value="true" class="danger">${words.remove}</button></div>`,
    new URL(`${mapPath(storeId)}/edit`, url),
  )}`
}

function shelfTable({ url, visitor: { locale } }: View, shelves: readonly LayoutShelf[]): Html {
  const metres = (value: number | undefined) => value !== undefined && formatNumber(locale, value, 2)
  const columns: Column<LayoutShelf>[] = [
    {
      name: 'shelf',
      heading: texts.map.shelf,
      phone: 'lead',
      cell: ({ shelfId, products }) =>
        html`<a class="title" href="${addressWith(url, { shelf: shelfId })}">${shelfId}</a><span class="under">${products}</span>`,
    },
    {
      name: 'aisle',
      heading: words.aisle,
      phone: 'aside',
      cell: ({ place }) => (place === null ? words.noPlace : place.aisle),
    },
    ...(['x', 'y', 'width', 'depth'] as const).map((name) => ({
      name,
      heading: words[name],
      isNumber: true,
      isNamed: true,
      cell: ({ place }: LayoutShelf) => metres(place?.[name]),
    })),
    { name: 'level', heading: words.level, isNumber: true, isNamed: true, cell: ({ place }) => place?.level },
  ]
  return table({ caption: words.table, columns, rows: shelves, url, locale })
}

const metresList = Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: CHANGES_MAX }))
const textList = (maxLength: number) => Type.Optional(Type.Array(Type.String({ maxLength }), { maxItems: CHANGES_MAX }))

export const layoutActions = [
  action({
    path: '/map/:store/layout',
    permission: 'layouts.decide',
    summary:
      'Move, resize, add and remove shelves of a store: lists of the same length, in metres; a shelf without x is taken from the floor',
    input: Type.Object({
      store: Type.String({ minLength: 1, maxLength: 200 }),
      version: Type.String({ minLength: 1, maxLength: 40 }),
      shelf: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: CHANGES_MAX }),
      x: metresList,
      y: metresList,
      width: metresList,
      depth: metresList,
      level: textList(3),
      aisle: textList(100),
      remove: Type.Optional(Type.Boolean()),
      dryRun: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({
      store: text,
      changes: Type.Array(Type.Object({ shelfId: text, change: choice(['added', 'moved', 'removed']) })),
    }),
    async run({ pool, servers }, { store, version, shelf, remove = false, dryRun = false, ...lists }) {
      const shelves = shelf.map((shelfId, at) => changeOf(shelfId, at, remove ? {} : lists))
      const change = { store, version, shelves }
      const kafka = servers.kafka.bind(servers)
      return { store, changes: await changeLayout({ pool, kafka }, change, { isDryRun: dryRun }) }
    },
    done: ({ changes }, { dryRun = false }) => ({ text: words.done(changes, dryRun) }),
  }),
]

type Lists = Partial<Record<'x' | 'y' | 'width' | 'depth' | 'level' | 'aisle', string[]>>

function changeOf(shelfId: string, at: number, lists: Lists): ShelfChange {
  if ((lists.x?.[at] ?? '') === '') return { shelfId, place: null }
  const metres = (name: 'x' | 'y' | 'width' | 'depth') => {
    const given = lists[name]?.[at] ?? ''
    if (/^\d{1,4}(\.\d{1,3})?$/.test(given)) return Number(given)
    throw new InvalidError('is not a number of metres (1.25)', { field: name, value: given })
  }
  const [x, y, width, depth] = [metres('x'), metres('y'), metres('width'), metres('depth')]
  const aisle = lists.aisle?.[at] ?? ''
  return {
    shelfId,
    place: { x, y, width, depth, level: Number(lists.level?.[at] ?? 1), aisle: aisle === '' ? null : aisle },
  }
}
