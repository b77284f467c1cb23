/** The report (PBIR): a folder for each page, a file for each visual and for its place on a phone. */
import { bookmarkFiles } from './bookmarks.ts'
import { fieldOf, type Json, literal, oneOf, properties } from './fields.ts'
import { dashboards, type Page, pages, type Tile } from './pages.ts'
import { jsonText, schemaOf } from './text.ts'

const WIDTH = 1280
const HEIGHT = 720
const TOOLTIP = { width: 320, height: 240 }
const GRID = 12
const GAP = 8
const PHONE_WIDTH = 324
const THEME = 'Shelfline.json'

/** Colours that people with a weak sense of colour can distinguish, dark enough on white. */
const theme = {
  // The report names it so: another name is not loaded.
  name: THEME,
  dataColors: ['#0b5cab', '#b4450c', '#1b7f5c', '#7a3e9d', '#8a6d00', '#a3195b', '#46606e', '#00707a'],
  good: '#1b7f5c',
  neutral: '#8a6d00',
  bad: '#b3261e',
  background: '#ffffff',
  foreground: '#1d2733',
  tableAccent: '#0b5cab',
}

const projection = (text: string): Json => {
  const { table, name, expression } = fieldOf(text)
  return { field: expression, queryRef: `${table}.${name}`, nativeQueryRef: name }
}

const filterName = (page: Page, text: string): string => `${page.name}_${fieldOf(text).name}`.replaceAll(' ', '_')

/** Path below the folder of the report → content. */
export function reportFiles(): Map<string, string> {
  return new Map([
    [
      'definition.pbir',
      jsonText({
        $schema: schemaOf('item/report/definitionProperties/2.0.0'),
        version: '4.0',
        datasetReference: { byPath: { path: '../Shelfline.SemanticModel' } },
      }),
    ],
    ['definition/report.json', jsonText(reportText())],
    [
      'definition/version.json',
      jsonText({ $schema: schemaOf('item/report/definition/versionMetadata/1.0.0'), version: '2.0.0' }),
    ],
    [
      'definition/pages/pages.json',
      jsonText({
        $schema: schemaOf('item/report/definition/pagesMetadata/1.0.0'),
        pageOrder: pages.map(({ name }) => name),
        activePageName: pages[0]!.name,
      }),
    ],
    [`StaticResources/RegisteredResources/${THEME}`, jsonText(theme)],
    ...pages.flatMap(pageFiles),
    ...bookmarkFiles(),
  ])
}

function reportText(): Json {
  const versions = { visual: '2.0.0', page: '2.0.0', report: '3.0.0' }
  return {
    $schema: schemaOf('item/report/definition/report/3.0.0'),
    themeCollection: {
      baseTheme: { name: 'CY24SU06', reportVersionAtImport: versions, type: 'SharedResources' },
      customTheme: { name: THEME, reportVersionAtImport: versions, type: 'RegisteredResources' },
    },
    resourcePackages: [
      {
        name: 'RegisteredResources',
        type: 'RegisteredResources',
        items: [{ name: THEME, path: THEME, type: 'CustomTheme' }],
      },
    ],
    settings: { useEnhancedTooltips: true },
  }
}

function pageFiles(page: Page): [path: string, text: string][] {
  const folder = `definition/pages/${page.name}`
  const phone = dashboards.includes(page) ? phonePlaces(page.tiles) : []
  return [
    [`${folder}/page.json`, jsonText(pageText(page))],
    ...page.tiles.flatMap((tile, index): [string, string][] => {
      const visual = `${folder}/visuals/${tile.name}`
      const place = phone[index]
      return [
        [`${visual}/visual.json`, jsonText(visualText(page, tile, index))],
        ...(place ? ([[`${visual}/mobile.json`, jsonText(place)]] as [string, string][]) : []),
      ]
    }),
  ]
}

function pageText(page: Page): Json {
  const { name, title, drillThrough, isTooltip, refreshEvery } = page
  return {
    $schema: schemaOf('item/report/definition/page/2.0.0'),
    name,
    displayName: title,
    displayOption: 'FitToPage',
    height: isTooltip ? TOOLTIP.height : HEIGHT,
    width: isTooltip ? TOOLTIP.width : WIDTH,
    ...(drillThrough && drillThroughText(page, drillThrough)),
    ...(isTooltip && { type: 'Tooltip', visibility: 'HiddenInViewMode', pageBinding: { name, type: 'Tooltip' } }),
    ...(refreshEvery && {
      objects: { pageRefresh: properties({ show: literal(true), duration: literal(refreshEvery) }) },
    }),
  }
}

function drillThroughText(page: Page, text: string): Json {
  const { expression } = fieldOf(text)
  const filter = filterName(page, text)
  return {
    type: 'Drillthrough',
    visibility: 'HiddenInViewMode',
    filterConfig: { filters: [{ name: filter, field: expression, type: 'Categorical', howCreated: 'Drillthrough' }] },
    pageBinding: {
      name: page.name,
      type: 'Drillthrough',
      parameters: [{ name: `${filter}_parameter`, boundFilter: filter, fieldExpr: expression }],
    },
  }
}

function visualText(page: Page, tile: Tile, index: number): Json {
  const [column, row, columns, rows] = tile.at
  const { width, height } = page.isTooltip ? TOOLTIP : { width: WIDTH, height: HEIGHT }
  const [stepX, stepY] = [(width - GAP) / GRID, (height - GAP) / GRID]
  return {
    $schema: schemaOf('item/report/definition/visualContainer/2.0.0'),
    name: tile.name,
    position: {
      x: Math.round(GAP + column * stepX),
      y: Math.round(GAP + row * stepY),
      z: index * 1000,
      width: Math.round(columns * stepX - GAP),
      height: Math.round(rows * stepY - GAP),
      tabOrder: index * 1000,
    },
    visual: {
      visualType: tile.kind,
      ...(Object.keys(tile.fields).length > 0 && { query: queryText(tile) }),
      objects: objectsOf(tile),
      visualContainerObjects: containerOf(page, tile),
      ...(tile.isShared && { syncGroup: { groupName: tile.name, fieldChanges: true, filterChanges: true } }),
      drillFilterOtherVisuals: true,
    },
    ...(tile.only && { filterConfig: { filters: [filterText(page, tile, ...tile.only)] } }),
  }
}

/** A bar chart has its longest bar first, a list the row with the most of what it is sorted by. */
function queryText({ kind, fields, mostOf }: Tile): Json {
  const order = mostOf ?? (kind === 'clusteredBarChart' ? fields.Y?.[0] : undefined)
  return {
    queryState: Object.fromEntries(
      Object.entries(fields).map(([role, texts]) => [role, { projections: texts.map(projection) }]),
    ),
    ...(order && { sortDefinition: { sort: [{ field: fieldOf(order).expression, direction: 'Descending' }] } }),
  }
}

function objectsOf({ kind, title, fields }: Tile): Json {
  if (kind === 'slicer') {
    const mode = fields.Values?.[0] === 'dim_date.calendar_date' ? 'Between' : 'Dropdown'
    return { data: properties({ mode: literal(mode) }), header: properties({ show: literal(false) }) }
  }
  if (kind === 'actionButton') {
    return { text: [{ properties: { show: literal(true), text: literal(title) }, selector: { id: 'default' } }] }
  }
  return {}
}

function containerOf(page: Page, { title, kind, fields, opens }: Tile): Json {
  const shown = Object.values(fields)
    .flat()
    .map((text) => fieldOf(text).name)
  const isOfStores = fields.Rows?.[0] === 'dim_store.name' || fields.Category?.[0] === 'dim_store.region'
  return {
    title: properties({ show: literal(kind !== 'actionButton'), text: literal(title) }),
    general: properties({
      altText: literal(shown.length > 0 ? `${title}: ${shown.join(', ')}` : `${title}: opens Shelfline`),
    }),
    ...(opens && {
      visualLink: properties({
        show: literal(true),
        type: literal('WebUrl'),
        webUrl: { expr: fieldOf(`[${opens}]`).expression },
        tooltip: literal(title),
      }),
    }),
    ...(isOfStores &&
      !page.isTooltip && {
        visualTooltip: properties({ type: literal('Canvas'), section: literal('store_at_a_glance') }),
      }),
  }
}

function filterText(page: Page, tile: Tile, text: string, values: readonly string[]): Json {
  return {
    name: `${page.name}_${tile.name}`.slice(0, 50),
    field: fieldOf(text).expression,
    type: 'Categorical',
    filter: oneOf(text, values),
  }
}

/** One below the other, cards side by side: null leaves a visual out on phones. */
function phonePlaces(tiles: readonly Tile[]): (Json | undefined)[] {
  let y = 0
  let isHalf = false
  return tiles.map(({ kind, name }, index) => {
    if (kind === 'slicer' && name !== 'choose_store') return undefined
    const isSmall = kind === 'cardVisual'
    if (isHalf && !isSmall) {
      y += 96
      isHalf = false
    }
    const height = isSmall ? 96 : kind === 'slicer' || kind === 'actionButton' ? 64 : 240
    const width = isSmall ? PHONE_WIDTH / 2 : PHONE_WIDTH
    const place = { x: isHalf ? width : 0, y, z: index * 1000, width, height, tabOrder: index * 1000 }
    if (isSmall && !isHalf) isHalf = true
    else {
      y += height
      isHalf = false
    }
    return { $schema: schemaOf('item/report/definition/visualContainerMobileState/2.0.0'), position: place }
  })
}
