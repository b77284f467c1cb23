/** The semantic model: tables, relationships, measures and roles, from the views of `bi` and the catalogue of figures. */
import { quotedTable, rewritten } from './dax.ts'
import { measures } from './measures.ts'
import { columnName, dimensionKeys, leftOut, type TableDefinition, tables } from './tables.ts'
import { assigned, idOf, object, quoted } from './tmdl.ts'
import { type Column, publicViews, type View } from './views.ts'

/** The table of all measures, which has no data. */
export const FIGURES = 'Figures'
const ACCESS = 'Access'
const DATE = 'dim_date'
const STORE = 'dim_store'
const KEEP_YEARS = 5
const REFRESH_DAYS = 30

/** A slider: the table has the values that it can be at. */
const sliders = [
  { name: 'Service level', values: 'GENERATESERIES ( 0.8, 0.995, 0.005 )', format: '0.0 %' },
  { name: 'Lead time change', values: 'GENERATESERIES ( -7, 14, 1 )', format: '#,0' },
  { name: 'Price change', values: 'GENERATESERIES ( -0.2, 0.2, 0.01 )', format: '0.0 %' },
] as const

const comparisons: readonly (readonly [name: string, dax: string, format?: string])[] = [
  ['Chosen days', 'SELECTEDMEASURE ()'],
  ['Week before', 'CALCULATE ( SELECTEDMEASURE (), DATEADD ( dim_date[calendar_date], -7, DAY ) )'],
  ['Same weekdays a year before', 'CALCULATE ( SELECTEDMEASURE (), DATEADD ( dim_date[calendar_date], -364, DAY ) )'],
  ['Year to date', 'TOTALYTD ( SELECTEDMEASURE (), dim_date[calendar_date] )'],
  [
    'Change over the year before',
    `VAR Before = CALCULATE ( SELECTEDMEASURE (), DATEADD ( dim_date[calendar_date], -364, DAY ) )
RETURN DIVIDE ( SELECTEDMEASURE () - Before, Before )`,
    '"0.0 %"',
  ],
]

const definitions: Readonly<Record<string, TableDefinition>> = tables

/** DAX over the views, as DAX over the tables and columns of the model. */
const inModel = (dax: string): string =>
  rewritten(dax, (reference) => {
    if (reference.kind === 'column' && definitions[reference.table])
      return `${quotedTable(definitions[reference.table]!.name)}[${columnName(reference.table, reference.column)}]`
    if (reference.kind === 'word' && definitions[reference.word]) return quotedTable(definitions[reference.word]!.name)
    return null
  })

/** Path below the folder of the model → content. */
export function modelFiles(views = publicViews()): Map<string, string> {
  const missing = Object.keys(definitions).filter((view) => !views.has(view))
  if (missing.length > 0)
    throw new Error(`power-bi: bi has no view ${missing.join(', ')}; correct contracts/power-bi/tables.ts`)
  const unnamed = [...views.keys()].filter((view) => !definitions[view] && !leftOut[view])
  if (unnamed.length > 0) {
    throw new Error(`power-bi: the model lacks ${unnamed.join(', ')}; name each in contracts/power-bi/tables.ts`)
  }
  const made: [string, string][] = [
    ...Object.entries(definitions).map(([view, definition]): [string, string] => [
      definition.name,
      viewTable(views.get(view)!, definition),
    ]),
    [ACCESS, accessTable(views.get('access')!)],
    [FIGURES, figuresTable()],
    ...sliders.map((slider): [string, string] => [slider.name, sliderTable(slider)]),
    ['Time comparison', comparisonTable()],
    ['Web application', webTable()],
  ]
  return new Map([
    ['definition/database.tmdl', 'database\n\tcompatibilityLevel: 1567\n'],
    ['definition/model.tmdl', modelText(made.map(([name]) => name))],
    ['definition/expressions.tmdl', parameters()],
    ['definition/relationships.tmdl', relationships(views)],
    ...made.map(([name, text]) => [`definition/tables/${name}.tmdl`, `${text}\n`] as const),
    ...roles().map(([name, text]) => [`definition/roles/${name}.tmdl`, `${text}\n`] as const),
  ])
}

function modelText(names: readonly string[]): string {
  return `model Model
	culture: en-GB
	defaultPowerBIDataSourceVersion: powerBI_V3
	discourageImplicitMeasures
	sourceQueryCulture: en-GB
	dataAccessOptions
		legacyRedirects
		returnErrorValuesAsNull

annotation __PBI_TimeIntelligenceEnabled = 0

${names.map((name) => `ref table ${quoted(name)}`).join('\n')}

${roles()
  .map(([name]) => `ref role ${quoted(name)}`)
  .join('\n')}
`
}

function parameters(): string {
  const all = [
    ['Server', '"127.0.0.1:5432"', 'Text', 'Address and port of PostgreSQL.'],
    ['Database', '"shelfline"', 'Text', 'Name of the database.'],
    [
      'WebAddress',
      '"http://127.0.0.1:18080"',
      'Text',
      'Address of the web application, without a slash at its end, for links.',
    ],
    [
      'RangeStart',
      '#datetime(2017, 1, 1, 0, 0, 0)',
      'DateTime',
      'First day of the rows that are read here; the service sets it.',
    ],
    ['RangeEnd', '#datetime(2018, 1, 1, 0, 0, 0)', 'DateTime', 'The day after the last; the service sets it.'],
  ] as const
  const texts = all.map(([name, value, type, meaning]) =>
    object(
      `expression ${name} = ${value} meta [IsParameterQuery=true, Type="${type}", IsParameterQueryRequired=true]`,
      [`lineageTag: ${idOf(`expression ${name}`)}`],
      { meaning, children: [`annotation PBI_ResultType = ${type}`] },
    ),
  )
  return `${texts.join('\n\n')}\n`
}

const TYPES: readonly (readonly [RegExp, type: string, format?: string])[] = [
  [/^date$/, 'dateTime', 'yyyy-mm-dd'],
  [/^timestamp/, 'dateTime', 'yyyy-mm-dd hh:nn:ss'],
  [/int/, 'int64', '#,0'],
  [/^boolean$/, 'boolean'],
  [/^text$/, 'string'],
]

/** Numbers of the calendar and places in a list are not counted in thousands. */
const PLAIN = /(^|_)(year|month|week|quarter|day|hour|key|version|no|place|fifth|run|id)(_|$)/
const EXACT =
  /(quantity|amount|cost|price|value|units|stock|point|order_value|on_hand|available|held|on_shelf|capacity)/

function typeOf({ name, type }: Column): { type: string; format: string | undefined } {
  const [, known, format] = TYPES.find(([pattern]) => pattern.test(type)) ?? []
  if (known === 'int64') return { type: known, format: PLAIN.test(name) ? '0' : format }
  if (known !== undefined) return { type: known, format }
  return EXACT.test(name) ? { type: 'decimal', format: '#,0.00' } : { type: 'double', format: '0.000' }
}

const KEY = /_key$/
/** What people do not need to see: keys, days that the date table has, and the column to detect changes by. */
const isHidden = (column: string, { storage, day, otherDay }: TableDefinition): boolean =>
  KEY.test(column) ||
  column === 'updated_at' ||
  column === 'event_id' ||
  (storage !== 'dual' && (column === day || column === otherDay))

const CATEGORIES: Readonly<Record<string, string>> = {
  country: 'Country',
  city: 'City',
  latitude: 'Latitude',
  longitude: 'Longitude',
}

function viewTable(view: View, definition: TableDefinition): string {
  const { name, storage, day, isWhole, hierarchies = {} } = definition
  const isDate = view.name === DATE
  const isRanged = storage === 'import' && day !== undefined && !isWhole
  return object(`table ${quoted(name)}`, [`lineageTag: ${idOf(`table ${name}`)}`, isDate && 'dataCategory: Time'], {
    meaning: view.meaning,
    children: [
      ...view.columns.map((column) => columnText(view, column, definition)),
      ...Object.entries(hierarchies).map(([title, levels]) => hierarchy(view.name, name, title, levels)),
      ...(isRanged ? [refreshPolicy(view.name, day)] : []),
      partition(name, storage, source(view.name, isRanged ? day : undefined)),
      'annotation PBI_ResultType = Table',
    ],
  })
}

/** Spreadsheets offer no hierarchy of it, which would be built for nothing. */
const HIDDEN = ['isHidden', 'isAvailableInMdx: false'] as const

function columnText(view: View, column: Column, definition: TableDefinition): string {
  const { name, storage, sortedBy } = definition
  const title = columnName(view.name, column.name)
  const { type, format } = typeOf(column)
  const isKey =
    storage === 'dual' &&
    (column.name === 'calendar_date' || (KEY.test(column.name) && isOwnKey(view.name, column.name)))
  const order = sortedBy?.[column.name]
  const category = view.name === STORE || column.name === 'country' ? CATEGORIES[column.name] : undefined
  return object(
    `column ${quoted(title)}`,
    [
      `dataType: ${type}`,
      ...(isHidden(column.name, definition) ? HIDDEN : []),
      isKey && 'isKey',
      format && `formatString: ${format}`,
      `lineageTag: ${idOf(`column ${name} ${title}`)}`,
      category && `dataCategory: ${category}`,
      'summarizeBy: none',
      `sourceColumn: ${column.name}`,
      order && `sortByColumn: ${quoted(columnName(view.name, order))}`,
    ],
    { meaning: column.meaning },
  )
}

const isOwnKey = (view: string, column: string): boolean =>
  (dimensionKeys as Readonly<Record<string, string>>)[column] === view

function hierarchy(view: string, table: string, title: string, levels: readonly string[]): string {
  return object(`hierarchy ${quoted(title)}`, [`lineageTag: ${idOf(`hierarchy ${table} ${title}`)}`], {
    children: levels.map((level) => {
      const column = columnName(view, level)
      return object(`level ${quoted(column)}`, [
        `lineageTag: ${idOf(`level ${table} ${title} ${column}`)}`,
        `column: ${quoted(column)}`,
      ])
    }),
  })
}

const DATABASE = 'Source = PostgreSQL.Database(Server, Database, [CreateNavigationProperties=false])'
const inRange = (day: string) =>
  `Table.SelectRows(View, each [${day}] >= Date.From(RangeStart) and [${day}] < Date.From(RangeEnd))`

/** The query of a view, and of a day's range of it. */
const source = (view: string, day?: string): string => `let
    ${DATABASE},
    View = Source{[Schema="bi", Item="${view}"]}[Data]${day ? `,\n    Ranged = ${inRange(day)}` : ''}
in
    ${day ? 'Ranged' : 'View'}`

function refreshPolicy(view: string, day: string): string {
  const newest = `let
    ${DATABASE},
    View = Source{[Schema="bi", Item="${view}"]}[Data],
    Newest = List.Max(${inRange(day)}[updated_at])
in
    Newest`
  return object('refreshPolicy', [
    'policyType: basic',
    'rollingWindowGranularity: year',
    `rollingWindowPeriods: ${KEEP_YEARS}`,
    'incrementalGranularity: day',
    `incrementalPeriods: ${REFRESH_DAYS}`,
    assigned('pollingExpression', newest),
    assigned('sourceExpression', source(view, day)),
  ])
}

const partition = (table: string, mode: string, query: string): string =>
  object(`partition ${quoted(table)} = m`, [`mode: ${mode}`, assigned('source', query)])

function accessTable(view: View): string {
  return object(`table ${ACCESS}`, ['isHidden', `lineageTag: ${idOf(`table ${ACCESS}`)}`], {
    meaning: view.meaning,
    children: [
      ...view.columns.map((column) =>
        object(
          `column ${quoted(columnName(view.name, column.name))}`,
          [
            `dataType: ${typeOf(column).type}`,
            ...HIDDEN,
            `lineageTag: ${idOf(`column ${ACCESS} ${column.name}`)}`,
            'summarizeBy: none',
            `sourceColumn: ${column.name}`,
          ],
          { meaning: column.meaning },
        ),
      ),
      partition(ACCESS, 'import', source(view.name)),
      'annotation PBI_ResultType = Table',
    ],
  })
}

function figuresTable(): string {
  return object(`table ${FIGURES}`, [`lineageTag: ${idOf(`table ${FIGURES}`)}`], {
    meaning: 'Every figure, each defined once: docs/figures.md.',
    children: [
      ...measures.map(({ title, dax, meaning, format, folder, isAddress }) =>
        object(
          assigned(`measure ${quoted(title)}`, inModel(dax)),
          [
            format && `formatString: ${format}`,
            `displayFolder: ${folder}`,
            `lineageTag: ${idOf(`measure ${title}`)}`,
            isAddress && 'dataCategory: WebUrl',
          ],
          { meaning },
        ),
      ),
      madeColumn(FIGURES, 'Nothing', { source: '[Nothing]', properties: HIDDEN }),
      calculatedPartition(FIGURES, 'ROW ( "Nothing", BLANK () )'),
    ],
  })
}

/** A column that Power BI itself fills: with the values of a calculated table, or the names of a calculation group. */
const madeColumn = (
  table: string,
  column: string,
  { source, meaning, properties = [] }: { source: string; meaning?: string; properties?: readonly string[] },
  children: readonly string[] = [],
) =>
  object(
    `column ${quoted(column)}`,
    [...properties, `lineageTag: ${idOf(`column ${table} ${column}`)}`, 'summarizeBy: none', `sourceColumn: ${source}`],
    { children, ...(meaning && { meaning }) },
  )

const calculatedPartition = (table: string, expression: string) =>
  object(`partition ${quoted(table)} = calculated`, ['mode: import', `source = ${expression}`])

function sliderTable({ name, values, format }: (typeof sliders)[number]): string {
  return object(`table ${quoted(name)}`, [`lineageTag: ${idOf(`table ${name}`)}`], {
    meaning: 'Values of the slider of a what-if parameter.',
    children: [
      madeColumn(
        name,
        name,
        { source: `[${name}]`, meaning: 'What the slider is at.', properties: [`formatString: ${format}`] },
        ['extendedProperty ParameterMetadata =\n\t\t{\n\t\t  "version": 0\n\t\t}'],
      ),
      calculatedPartition(name, `SELECTCOLUMNS ( ${values}, "${name}", [Value] )`),
    ],
  })
}

function comparisonTable(): string {
  const table = 'Time comparison'
  return object(`table ${quoted(table)}`, [`lineageTag: ${idOf(`table ${table}`)}`], {
    meaning: 'Any figure, compared with other days.',
    children: [
      object('calculationGroup', ['precedence: 1'], {
        children: comparisons.map(([name, dax, format]) =>
          object(assigned(`calculationItem ${quoted(name)}`, inModel(dax)), [
            format && `formatStringDefinition = ${format}`,
          ]),
        ),
      }),
      madeColumn(table, table, {
        source: 'Name',
        meaning: 'The other days.',
        properties: ['dataType: string', 'sortByColumn: Ordinal'],
      }),
      madeColumn(table, 'Ordinal', { source: 'Ordinal', properties: ['dataType: int64', 'isHidden'] }),
    ],
  })
}

function webTable(): string {
  const name = 'Web application'
  return object(`table ${quoted(name)}`, ['isHidden', `lineageTag: ${idOf(`table ${name}`)}`], {
    meaning: 'Where the web application is, for links.',
    children: [
      madeColumn(name, 'Address', { source: 'Address', properties: ['dataType: string', ...HIDDEN] }),
      partition(name, 'import', '#table(type table [Address = text], {{WebAddress}})'),
    ],
  })
}

interface Relationship {
  from: readonly [view: string, column: string]
  to: readonly [view: string, column: string]
  isActive: boolean
}

/** Each fact to its dimensions, many to one, filtering in one direction. */
function relationshipsOf(views: ReadonlyMap<string, View>): Relationship[] {
  return Object.entries(definitions)
    .filter(([, { storage }]) => storage !== 'dual')
    .flatMap(([view, { day, otherDay }]) => [
      ...Object.entries(dimensionKeys)
        .filter(([key]) => views.get(view)!.columns.some(({ name }) => name === key))
        .map(([key, dimension]) => ({ from: [view, key], to: [dimension, key], isActive: true }) as const),
      ...(day ? [{ from: [view, day], to: [DATE, 'calendar_date'], isActive: true } as const] : []),
      ...(otherDay ? [{ from: [view, otherDay], to: [DATE, 'calendar_date'], isActive: false } as const] : []),
    ])
}

function relationships(views: ReadonlyMap<string, View>): string {
  const side = ([view, column]: readonly [string, string]) =>
    `${quoted(definitions[view]!.name)}.${quoted(columnName(view, column))}`
  const texts = relationshipsOf(views).map(({ from, to, isActive }) =>
    object(`relationship ${idOf(`relationship ${from.join('.')}`)}`, [
      !isActive && 'isActive: false',
      `fromColumn: ${side(from)}`,
      `toColumn: ${side(to)}`,
    ]),
  )
  return `${texts.join('\n\n')}\n`
}

/** The rows of the table of access that are of the reader, with a scope. */
const ownAccess = (scope: string) =>
  `FILTER ( Access, Access[User name] = USERPRINCIPALNAME () && Access[Scope] = "${scope}" )`

/**
 * Three roles, each by the name with which a person signs in: their stores, the stores whose newest region is theirs, everything.
 * Who has no row in the table sees nothing. A person in two roles sees what either shows.
 */
function roles(): [name: string, text: string][] {
  const stores = inModel('dim_store[store_id]')
  const region = inModel(
    `dim_store[store_id] IN CALCULATETABLE ( VALUES ( dim_store[store_id] ), FILTER ( ALL ( dim_store ), dim_store[is_current] && dim_store[region] IN SELECTCOLUMNS ( ${ownAccess('region')}, "region", Access[Region] ) ) )`,
  )
  const others = Object.values(definitions).filter(({ isForExecutives }) => isForExecutives)
  const isExecutive = `NOT ISEMPTY ( ${ownAccess('all')} )`
  const role = (name: string, meaning: string, ofStore: string, ofOthers: string): [string, string] => [
    name,
    object(`role ${quoted(name)}`, ['modelPermission: read'], {
      meaning,
      children: [
        `tablePermission Store = ${ofStore}`,
        ...others.map((table) => `tablePermission ${quoted(table.name)} = ${ofOthers}`),
        `tablePermission ${ACCESS} = Access[User name] = USERPRINCIPALNAME ()`,
      ],
    }),
  ]
  return [
    role(
      'Store Manager',
      'Sees the rows of their stores.',
      `${stores} IN SELECTCOLUMNS ( ${ownAccess('store')}, "store", Access[Store ID] )`,
      'FALSE ()',
    ),
    role('Regional Manager', 'Sees the rows of every store whose newest region is theirs.', region, 'FALSE ()'),
    role('Executive', 'Sees everything, and how Shelfline runs.', isExecutive, isExecutive),
  ]
}
