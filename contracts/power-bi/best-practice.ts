/**
 * The rules of Microsoft's best-practice analyzer (microsoft/Analysis-Services, BestPracticeRules) that can be decided by the model's
 * text, each under its own id. Left out are those that need the content of a processed model, and those about perspectives, data
 * sources and calculated columns, which the model has none of.
 */
import { readTmdl, type TmdlObject } from './tmdl-reader.ts'

interface Column extends TmdlObject {
  table: Table
}

interface Table extends TmdlObject {
  columns: readonly Column[]
  measures: readonly TmdlObject[]
  partitions: readonly TmdlObject[]
}

interface Relationship {
  from: readonly [table: string, column: string]
  to: readonly [table: string, column: string]
  isActive: boolean
  isBothWays: boolean
}

interface Model {
  tables: readonly Table[]
  columns: readonly Column[]
  measures: readonly TmdlObject[]
  items: readonly TmdlObject[]
  relationships: readonly Relationship[]
  roles: readonly TmdlObject[]
  /** DAX of measures, items and roles together. */
  dax: string
}

const MODEL = 'Shelfline.SemanticModel/definition/'
const ofKind = (objects: readonly TmdlObject[], kind: string) => objects.filter((object) => object.kind === kind)
const without = (text: string, pattern: RegExp) => text.replaceAll(pattern, '')

/** `'Sales lines'.'Store key'` */
function sideOf(text: string): [string, string] {
  const [, quotedTable, table, quotedColumn, column] = /^(?:'([^']+)'|(\w+))\.(?:'([^']+)'|(\w+))$/.exec(text)!
  return [quotedTable ?? table!, quotedColumn ?? column!]
}

export function readModel(files: ReadonlyMap<string, string>): Model {
  const read = (folder: string) =>
    [...files].filter(([path]) => path.startsWith(MODEL + folder)).flatMap(([, text]) => readTmdl(text))
  const tables = ofKind(read('tables/'), 'table').map((object): Table => {
    const table = { ...object, columns: [] as Column[] } as unknown as Table & { columns: Column[] }
    table.columns = ofKind(object.children, 'column').map((column) => ({ ...column, table }))
    return Object.assign(table, {
      measures: ofKind(object.children, 'measure'),
      partitions: ofKind(object.children, 'partition'),
    })
  })
  const measures = tables.flatMap((table) => table.measures)
  const items = tables
    .flatMap(({ children }) => ofKind(children, 'calculationGroup'))
    .flatMap(({ children }) => ofKind(children, 'calculationItem'))
  const roles = read('roles/')
  return {
    tables,
    columns: tables.flatMap((table) => table.columns),
    measures,
    items,
    relationships: read('relationships').map(({ properties }) => ({
      from: sideOf(properties.fromColumn!),
      to: sideOf(properties.toColumn!),
      isActive: properties.isActive !== 'false',
      isBothWays: properties.crossFilteringBehavior === 'bothDirections',
    })),
    roles,
    dax: [...measures, ...items, ...roles.flatMap(({ children }) => children)]
      .map(({ expression }) => expression)
      .join('\n'),
  }
}

const label = ({ table, name }: Column): string => `${table.name}[${name}]`
const isNumber = ({ properties }: Column): boolean => /^(int64|decimal|double)$/.test(properties.dataType ?? '')
const isHidden = ({ properties, table }: Column): boolean => Boolean(properties.isHidden ?? table.properties.isHidden)
const named = (objects: readonly TmdlObject[]): string[] => objects.map(({ name }) => name)
const matching = (objects: readonly TmdlObject[], pattern: RegExp): string[] =>
  named(objects.filter(({ expression }) => pattern.test(expression)))

const isRelated = ({ relationships }: Model, { table, name }: Column): boolean =>
  relationships.some(({ from, to }) => [from, to].some(([owner, column]) => owner === table.name && column === name))
const isSortedBy = ({ table, name }: Column): boolean =>
  table.columns.some(({ properties }) => properties.sortByColumn?.replaceAll("'", '') === name)
const isInHierarchy = ({ table, name }: Column): boolean =>
  ofKind(table.children, 'hierarchy').some(({ children }) =>
    children.some(({ properties }) => properties.column?.replaceAll("'", '') === name),
  )
const isInDax = ({ dax }: Model, { table, name }: Column): boolean =>
  dax.includes(`'${table.name}'[${name}]`) || dax.includes(`${table.name}[${name}]`)

const TIME_INTELLIGENCE =
  /\b(CLOSINGBALANCE\w+|DATEADD|DATESBETWEEN|DATESINPERIOD|DATES[MQY]TD|(?:END|START)OF\w+|FIRST(?:DATE|NONBLANK\w*)|LAST(?:DATE|NONBLANK\w*)|NEXT\w+|OPENINGBALANCE\w+|PARALLELPERIOD|PREVIOUS\w+|SAMEPERIODLASTYEAR|TOTAL[MQY]TD)\s*\(/i
const AGGREGATES = '(?:COUNT|COUNTBLANK|SUM|AVERAGE|VALUES|DISTINCT|DISTINCTCOUNT|MIN|MAX|COUNTA|AVERAGEA|MAXA|MINA)'

/** By the id of the rule: what it finds. */
export const rules: Readonly<Record<string, (model: Model) => string[]>> = {
  AVOID_FLOATING_POINT_DATA_TYPES: ({ columns }) =>
    columns.filter(({ properties }) => properties.dataType === 'double').map(label),
  ISAVAILABLEINMDX_FALSE_NONATTRIBUTE_COLUMNS: ({ columns }) =>
    columns
      .filter((column) => isHidden(column) && column.properties.isAvailableInMdx !== 'false')
      .filter((column) => !isSortedBy(column) && !isInHierarchy(column))
      .map(label),
  SNOWFLAKE_SCHEMA_ARCHITECTURE: ({ tables, relationships }) =>
    named(tables).filter(
      (table) => relationships.some(({ from }) => from[0] === table) && relationships.some(({ to }) => to[0] === table),
    ),
  MODEL_SHOULD_HAVE_A_DATE_TABLE: ({ tables }) =>
    tables.some(
      ({ properties, columns }) =>
        properties.dataCategory === 'Time' &&
        columns.some((one) => one.properties.isKey && one.properties.dataType === 'dateTime'),
    )
      ? []
      : ['the model'],
  'DATE/CALENDAR_TABLES_SHOULD_BE_MARKED_AS_A_DATE_TABLE': ({ tables }) =>
    named(tables.filter(({ name, properties }) => /date|calendar/i.test(name) && properties.dataCategory !== 'Time')),
  'REMOVE_AUTO-DATE_TABLE': ({ tables }) =>
    named(tables).filter((name) => /^(DateTableTemplate|LocalDateTable)_/.test(name)),
  'AVOID_EXCESSIVE_BI-DIRECTIONAL_OR_MANY-TO-MANY_RELATIONSHIPS': ({ relationships }) =>
    relationships.filter(({ isBothWays }) => isBothWays).length > 0.3 * relationships.length ? ['the model'] : [],
  'LIMIT_ROW_LEVEL_SECURITY_(RLS)_LOGIC': ({ roles }) =>
    matching(
      roles.flatMap(({ children }) => children),
      /\b(RIGHT|LEFT|UPPER|LOWER|FIND)\s*\(/i,
    ),
  MODEL_USING_DIRECT_QUERY_AND_NO_AGGREGATIONS: ({ tables }) =>
    tables.some(({ partitions }) => partitions.some(({ properties }) => properties.mode === 'directQuery'))
      ? ['the model']
      : [],
  MINIMIZE_POWER_QUERY_TRANSFORMATIONS: ({ tables }) =>
    named(
      tables.filter(({ partitions }) =>
        partitions.some(({ properties }) =>
          /Table\.(Combine|Join|NestedJoin|AddColumn|Group|Sort|Pivot|Unpivot\w*|Distinct)\(|NativeQuery|\[Query=/.test(
            properties.source ?? '',
          ),
        ),
      ),
    ),
  REDUCE_USAGE_OF_CALCULATED_TABLES: ({ tables }) =>
    named(tables.filter(({ partitions }) => partitions.some(({ expression }) => expression === 'calculated'))),
  REMOVE_REDUNDANT_COLUMNS_IN_RELATED_TABLES: (model) =>
    model.columns
      .filter((column) => !isRelated(model, column))
      .filter(({ name, table }) =>
        model.columns.some(
          (other) =>
            other.name === name &&
            other.table.name !== table.name &&
            model.relationships.some(({ from, to }) => from[0] === table.name && to[0] === other.table.name),
        ),
      )
      .map(label),
  MEASURES_USING_TIME_INTELLIGENCE_AND_MODEL_IS_USING_DIRECT_QUERY: ({ measures, items }) =>
    matching([...measures, ...items], TIME_INTELLIGENCE),
  'CHECK_IF_BI-DIRECTIONAL_AND_MANY-TO-MANY_RELATIONSHIPS_ARE_VALID': ({ relationships }) =>
    relationships.filter(({ isBothWays }) => isBothWays).map(({ from }) => from.join('.')),
  'CHECK_IF_DYNAMIC_ROW_LEVEL_SECURITY_(RLS)__IS_NECESSARY': ({ roles }) =>
    named(roles.filter(({ children }) => matching(children, /USER(PRINCIPAL)?NAME\s*\(/i).length > 0)),
  DAX_MEASURES_UNQUALIFIED: ({ dax }) => (/\bFigures'?\[/.test(dax) ? ['the model'] : []),
  AVOID_DUPLICATE_MEASURES: ({ measures }) => {
    const texts = measures.map(({ expression }) => without(expression, /\s/g))
    return named(measures.filter((_, index) => texts.indexOf(texts[index]!) !== index))
  },
  USE_THE_TREATAS_FUNCTION_INSTEAD_OF_INTERSECT: ({ measures, items }) =>
    matching([...measures, ...items], /INTERSECT\s*\(/i),
  USE_THE_DIVIDE_FUNCTION_FOR_DIVISION: ({ measures, items }) =>
    matching([...measures, ...items], /[\])]\s*\/(?![/*])/),
  AVOID_USING_THE_IFERROR_FUNCTION: ({ measures }) => matching(measures, /IFERROR\s*\(/i),
  MEASURES_SHOULD_NOT_BE_DIRECT_REFERENCES_OF_OTHER_MEASURES: ({ measures }) =>
    matching(measures, /^\s*\[[^\]]+\]\s*$/),
  FILTER_COLUMN_VALUES: ({ measures, items }) =>
    matching(
      [...measures, ...items],
      /CALCULATE(TABLE)?\s*\(\s*[^,]+,\s*FILTER\s*\(\s*'?[A-Za-z0-9 _]+'?\s*,\s*'?[A-Za-z0-9 _]+'?\[[A-Za-z0-9 _]+\]/i,
    ),
  FILTER_MEASURE_VALUES_BY_COLUMNS: ({ measures, items }) =>
    matching([...measures, ...items], /CALCULATE(TABLE)?\s*\(\s*[^,]+,\s*FILTER\s*\(\s*'?[A-Za-z0-9 _]+'?\s*,\s*\[/i),
  INACTIVE_RELATIONSHIPS_THAT_ARE_NEVER_ACTIVATED: ({ relationships, dax }) =>
    relationships
      .filter(({ isActive }) => !isActive)
      .map(({ from }) => from.join('.'))
      .filter((side) => {
        const [table, column] = side.split('.') as [string, string]
        return !new RegExp(`USERELATIONSHIP\\s*\\(\\s*'?${table}'?\\[${column}\\]`).test(dax)
      }),
  DATA_COLUMNS_MUST_HAVE_A_SOURCE_COLUMN: ({ columns }) =>
    columns.filter(({ properties }) => !properties.sourceColumn).map(label),
  EXPRESSION_RELIANT_OBJECTS_MUST_HAVE_AN_EXPRESSION: ({ measures, items }) =>
    named([...measures, ...items].filter(({ expression }) => expression.trim() === '')),
  ISAVAILABLEINMDX_TRUE_ATTRIBUTE_COLUMNS: ({ columns }) =>
    columns
      .filter((column) => column.properties.isAvailableInMdx === 'false')
      .filter((column) => !isHidden(column) || isSortedBy(column) || isInHierarchy(column))
      .map(label),
  UNNECESSARY_COLUMNS: (model) =>
    model.columns
      .filter(isHidden)
      .filter((column) => !isInDax(model, column) && !isRelated(model, column))
      .filter((column) => !isSortedBy(column) && !isInHierarchy(column))
      .map(label),
  UNNECESSARY_MEASURES: ({ measures }) => named(measures.filter(({ properties }) => properties.isHidden)),
  REMOVE_ROLES_WITH_NO_MEMBERS: ({ roles }) => named(roles),
  ENSURE_TABLES_HAVE_RELATIONSHIPS: ({ tables, relationships }) =>
    named(tables).filter((table) => !relationships.some(({ from, to }) => from[0] === table || to[0] === table)),
  OBJECTS_WITH_NO_DESCRIPTION: ({ tables, columns, measures }) => [
    ...named(tables.filter(({ properties, description }) => !properties.isHidden && description === '')),
    ...columns.filter((column) => !isHidden(column) && column.description === '').map(label),
    ...named(measures.filter(({ description }) => description === '')),
  ],
  CALCULATION_GROUPS_WITH_NO_CALCULATION_ITEMS: ({ tables }) =>
    named(
      tables.filter(({ children }) =>
        ofKind(children, 'calculationGroup').some((group) => ofKind(group.children, 'calculationItem').length === 0),
      ),
    ),
  PARTITION_NAME_SHOULD_MATCH_TABLE_NAME_FOR_SINGLE_PARTITION_TABLES: ({ tables }) =>
    named(tables.filter(({ name, partitions }) => partitions.length === 1 && partitions[0]!.name !== name)),
  OBJECTS_SHOULD_NOT_START_OR_END_WITH_A_SPACE: ({ tables, columns, measures }) =>
    named([...tables, ...columns, ...measures].filter(({ name }) => name !== name.trim())),
  'FORMAT_FLAG_COLUMNS_AS_YES/NO_VALUE_STRINGS': ({ columns }) =>
    columns.filter((one) => /^Is/.test(one.name) && one.properties.dataType === 'int64' && !isHidden(one)).map(label),
  DATECOLUMN_FORMATSTRING: ({ columns }) =>
    columns
      .filter(({ name, properties }) => /date/i.test(name) && properties.dataType === 'dateTime')
      .filter(({ properties }) => properties.formatString !== 'mm/dd/yyyy')
      .map(label),
  MONTHCOLUMN_FORMATSTRING: ({ columns }) =>
    columns
      .filter(({ name, properties }) => /month/i.test(name) && properties.dataType === 'dateTime')
      .filter(({ properties }) => properties.formatString !== 'MMMM yyyy')
      .map(label),
  PROVIDE_FORMAT_STRING_FOR_MEASURES: ({ measures }) =>
    named(measures.filter(({ properties }) => !properties.formatString)),
  NUMERIC_COLUMN_SUMMARIZE_BY: ({ columns }) =>
    columns.filter((one) => isNumber(one) && one.properties.summarizeBy !== 'none' && !isHidden(one)).map(label),
  PERCENTAGE_FORMATTING: ({ measures }) =>
    named(
      measures.filter(
        ({ properties: { formatString = '' } }) =>
          formatString.includes('%') && formatString !== '#,0.0%;-#,0.0%;#,0.0%',
      ),
    ),
  INTEGER_FORMATTING: ({ measures }) =>
    named(
      measures.filter(
        ({ properties: { formatString = '' } }) => !/[$%]/.test(formatString) && !/^#,0(\.0)?$/.test(formatString),
      ),
    ),
  RELATIONSHIP_COLUMNS_SHOULD_BE_OF_INTEGER_DATA_TYPE: (model) =>
    model.columns.filter((one) => isRelated(model, one) && one.properties.dataType !== 'int64').map(label),
  ADD_DATA_CATEGORY_FOR_COLUMNS: ({ columns }) =>
    columns
      .filter(({ name }) => /^(Country|Continent|Latitude|Longitude)$/.test(name))
      .filter(({ properties }) => !properties.dataCategory)
      .map(label),
  HIDE_FOREIGN_KEYS: (model) =>
    model.columns
      .filter((column) => !isHidden(column))
      .filter(({ table, name }) => model.relationships.some(({ from }) => from[0] === table.name && from[1] === name))
      .map(label),
  MARK_PRIMARY_KEYS: ({ columns, relationships }) =>
    columns
      .filter(({ table, name }) => relationships.some(({ to }) => to[0] === table.name && to[1] === name))
      .filter(({ table, properties }) => !properties.isKey && table.properties.dataCategory !== 'Time')
      .map(label),
  HIDE_FACT_TABLE_COLUMNS: ({ columns, measures }) =>
    columns
      .filter((column) => isNumber(column) && !isHidden(column))
      .filter(({ table, name }) => {
        const field = `'?${table.name}'?\\[${name}\\]`
        return matching(measures, new RegExp(`\\b${AGGREGATES}\\s*\\(\\s*${field}`, 'i')).length > 0
      })
      .map(label),
  FIRST_LETTER_OF_OBJECTS_MUST_BE_CAPITALIZED: ({ tables, measures }) =>
    named([...tables, ...measures].filter(({ name }) => name[0] !== name[0]!.toUpperCase())),
  'MONTH_(AS_A_STRING)_MUST_BE_SORTED': ({ columns }) =>
    columns
      .filter(({ name, properties }) => /month(?!s)/i.test(name) && properties.dataType === 'string')
      .filter(({ properties }) => !properties.sortByColumn)
      .map(label),
}

/** Rule → why what it finds is right here; `of` are the only objects that it may find. */
export const exceptions: Readonly<Record<string, { why: string; of?: RegExp }>> = {
  AVOID_FLOATING_POINT_DATA_TYPES: {
    why: 'shares, scores and statistics have more than the four decimals of a fixed decimal; money and quantities are decimal',
    of: /^(?!.*(amount|quantity|price|cost)\]$)/i,
  },
  MODEL_USING_DIRECT_QUERY_AND_NO_AGGREGATIONS: {
    why: 'DirectQuery is for what is now; sums over all stores are views of their own',
  },
  REDUCE_USAGE_OF_CALCULATED_TABLES: {
    why: 'what-if parameters and the table of measures are calculated tables by their nature',
    of: /^(Figures|Service level|Lead time change|Price change)$/,
  },
  REMOVE_REDUNDANT_COLUMNS_IN_RELATED_TABLES: {
    why: 'views of now have the names, so that a list of them is one query without a join',
  },
  MEASURES_USING_TIME_INTELLIGENCE_AND_MODEL_IS_USING_DIRECT_QUERY: {
    why: 'the tables that these measures read are imported, and the date table is dual',
  },
  'CHECK_IF_DYNAMIC_ROW_LEVEL_SECURITY_(RLS)__IS_NECESSARY': {
    why: 'a model that is imported contains what the refreshing login saw: who sees which stores is decided by name',
  },
  UNNECESSARY_COLUMNS: {
    why: 'changes are detected by updated_at; an event id leads from a line to its event; the table of measures needs a column',
    of: /\[(Date key|Updated at|Event ID|Nothing|Product key|Store key|Supplier key|Customer key|.* product key)\]$|^Access\[/,
  },
  REMOVE_ROLES_WITH_NO_MEMBERS: { why: 'members are added where the model is published' },
  ENSURE_TABLES_HAVE_RELATIONSHIPS: {
    why: 'measures, parameters, access and how Shelfline runs belong to no store or product',
  },
  DATECOLUMN_FORMATSTRING: { why: 'dates are written as yyyy-mm-dd, which every reader understands in the same way' },
  MONTHCOLUMN_FORMATSTRING: { why: 'a first day of a month is a date, and written as one' },
  PROVIDE_FORMAT_STRING_FOR_MEASURES: { why: 'addresses are texts', of: / in Shelfline$/ },
  PERCENTAGE_FORMATTING: {
    why: 'British English: a space before the sign is what the figures of the web application have',
  },
  INTEGER_FORMATTING: { why: 'money has two decimals, a stability index three, a date is a date' },
  RELATIONSHIP_COLUMNS_SHOULD_BE_OF_INTEGER_DATA_TYPE: {
    why: 'the date table is related by its date, as a marked date table requires',
    of: /(date|_on| on|start|day)\]$/i,
  },
  HIDE_FACT_TABLE_COLUMNS: {
    why: 'nothing can be summed by accident (no implicit measures), and lists of rows show these columns',
  },
  'MONTH_(AS_A_STRING)_MUST_BE_SORTED': { why: 'yyyy-mm sorts as a text', of: /\[(Year month)\]$/ },
}

/** What the rules find beyond the exceptions: `RULE: object`; and exceptions that nothing needs. */
export function practiceProblems(files: ReadonlyMap<string, string>): string[] {
  const model = readModel(files)
  const found = Object.entries(rules).map(([rule, find]) => [rule, find(model)] as const)
  const idle = found.filter(([rule, objects]) => rule in exceptions && objects.length === 0)
  return [
    ...found.flatMap(([rule, objects]) => {
      const exception = exceptions[rule]
      const left = exception === undefined ? objects : objects.filter((object) => !(exception.of?.test(object) ?? true))
      return left.map((object) => `${rule}: ${object}`)
    }),
    ...idle.map(([rule]) => `${rule}: the exception is not needed`),
  ]
}
