/** Bookmarks: a page with a filter that people ask for often, in the pane *Bookmarks*. */
import { fieldOf, oneOf } from './fields.ts'
import { jsonText, schemaOf } from './text.ts'

export interface Bookmark {
  name: string
  title: string
  /** Name of the page. */
  page: string
  only: readonly [field: string, values: readonly string[]]
}

const groups: readonly { name: string; title: string; bookmarks: readonly Bookmark[] }[] = [
  {
    name: 'act_now',
    title: 'Act now',
    bookmarks: [
      {
        name: 'critical_alerts',
        title: 'Critical alerts',
        page: 'alerts',
        only: ['live_alerts.severity', ['critical']],
      },
      {
        name: 'out_of_stock',
        title: 'Out of stock',
        page: 'store_manager',
        only: ['inventory_by_store.stock_status', ['out of stock']],
      },
    ],
  },
  {
    name: 'assortment',
    title: 'Assortment',
    bookmarks: [
      {
        name: 'overstock',
        title: 'Overstock',
        page: 'inventory_analyst',
        only: ['inventory_by_store.stock_status', ['overstock']],
      },
      {
        name: 'class_a',
        title: 'Products of class A',
        page: 'inventory_analyst',
        only: ['product_performance.abc_class', ['A']],
      },
    ],
  },
]

export const bookmarks: readonly Bookmark[] = groups.flatMap((group) => group.bookmarks)

const FOLDER = 'definition/bookmarks'
/** Of the state that a bookmark keeps. */
const STATE_VERSION = '1.3'
/** The value for a filter that a person made. */
const CREATED_BY_PERSON = 1

/** Path below the folder of the report → content. */
export const bookmarkFiles = (): [path: string, text: string][] => [
  [
    `${FOLDER}/bookmarks.json`,
    jsonText({
      $schema: schemaOf('item/report/definition/bookmarksMetadata/1.0.0'),
      items: groups.map(({ name, title, bookmarks: own }) => ({
        name,
        displayName: title,
        children: own.map((bookmark) => bookmark.name),
      })),
    }),
  ],
  ...bookmarks.map((bookmark): [string, string] => [
    `${FOLDER}/${bookmark.name}.bookmark.json`,
    jsonText(bookmarkText(bookmark)),
  ]),
]

function bookmarkText({ name, title, page, only: [field, values] }: Bookmark): object {
  const filter = {
    name: `${name}_filter`,
    type: 'Categorical',
    filter: oneOf(field, values),
    expression: fieldOf(field).expression,
    howCreated: CREATED_BY_PERSON,
  }
  return {
    $schema: schemaOf('item/report/definition/bookmark/2.0.0'),
    displayName: title,
    name,
    // How the page looks stays as it is: only what is shown changes.
    options: { suppressDisplay: true },
    explorationState: {
      version: STATE_VERSION,
      activeSection: page,
      sections: { [page]: { filters: { byExpr: [filter] }, visualContainers: {} } },
    },
  }
}
