/** What is wrong in a project, by its files alone: names that nothing has, figures that nothing shows, facts without their dimensions. */
import { referencesOf } from './dax.ts'

interface Table {
  columns: Set<string>
  measures: Map<string, string>
}

const MODEL = 'Shelfline.SemanticModel/definition/'
const NAME = /'(?:[^']|'')+'|[^\s=]+/
const unquoted = (name: string): string => (name.startsWith("'") ? name.slice(1, -1).replaceAll("''", "'") : name)

/** The expressions of a file of TMDL, each with the head of its object; one of several lines is three levels deeper. */
function expressionsOf(text: string, kind: string): Map<string, string> {
  const found = new Map<string, string>()
  const pattern = new RegExp(`^(\\t*)${kind} (${NAME.source}) =([^\\n]*)((?:\\n\\1\\t\\t[^\\n]*)*)`, 'gm')
  for (const [, , name, first, rest] of text.matchAll(pattern)) found.set(unquoted(name!), `${first}${rest}`)
  return found
}

const namesOf = (text: string, kind: string): string[] =>
  [...text.matchAll(new RegExp(`^\\t?${kind} (${NAME.source})`, 'gm'))].map(([, name]) => unquoted(name!))

function tablesOf(files: ReadonlyMap<string, string>): Map<string, Table> {
  const texts = [...files].filter(([path]) => path.startsWith(`${MODEL}tables/`)).map(([, text]) => text)
  return new Map(
    texts.map((text) => [
      namesOf(text, 'table')[0]!,
      { columns: new Set(namesOf(text, 'column')), measures: expressionsOf(text, 'measure') },
    ]),
  )
}

/** Every problem, as a sentence; none for a good project. */
export function problemsOf(files: ReadonlyMap<string, string>): string[] {
  const tables = tablesOf(files)
  const measures = new Map([...tables.values()].flatMap((table) => [...table.measures]))
  const inRoles = [...files].filter(([path]) => path.startsWith(`${MODEL}roles/`))
  const expressions: [where: string, dax: string][] = [
    ...[...measures].map(([name, dax]): [string, string] => [`measure ${name}`, dax]),
    ...[...files.values()].flatMap((text) => [...expressionsOf(text, 'calculationItem')]),
    ...inRoles.flatMap(([path, text]) =>
      [...expressionsOf(text, 'tablePermission')].map(([table, dax]): [string, string] => [`${path}, ${table}`, dax]),
    ),
  ]
  const fields = fieldsOf(files)
  return [
    ...expressions.flatMap(([where, dax]) => danglingReferences(where, dax, tables, measures)),
    ...fields.flatMap(({ where, table, property }) =>
      tables.get(table)?.columns.has(property) || tables.get(table)?.measures.has(property)
        ? []
        : [`${where}: ${table}[${property}] does not exist`],
    ),
    ...unusedMeasures(measures, expressions, fields),
    ...pageProblems(files),
    ...relationshipProblems(files.get(`${MODEL}relationships.tmdl`) ?? '', tables),
    ...inRoles.flatMap(([path, text]) => roleProblems(path, text, tables)),
    ...unevenRoles(inRoles),
  ]
}

function danglingReferences(
  where: string,
  dax: string,
  tables: ReadonlyMap<string, Table>,
  measures: ReadonlyMap<string, string>,
): string[] {
  return referencesOf(dax).flatMap((found) => {
    if (found.kind === 'measure') {
      return measures.has(found.measure) || isOwnColumn(found.measure)
        ? []
        : [`${where}: [${found.measure}] does not exist`]
    }
    if (found.kind === 'word') return []
    const table = tables.get(found.table)
    if (table === undefined) return [`${where}: the table ${found.table} does not exist`]
    const isThere = found.kind === 'table' || table.columns.has(found.column)
    return isThere ? [] : [`${where}: ${found.table}[${found.column}] does not exist`]
  })
}

/** The columns of tables that the expression itself makes. */
const isOwnColumn = (name: string): boolean => name === 'Value' || name === 'Nothing'

interface UsedField {
  where: string
  table: string
  property: string
}

/** Every field that a page, a visual or a bookmark of the report names. */
function fieldsOf(files: ReadonlyMap<string, string>): UsedField[] {
  const found: UsedField[] = []
  const walk = (where: string, node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { Expression, Property } = node as { Expression?: { SourceRef?: { Entity?: string } }; Property?: string }
    const table = Expression?.SourceRef?.Entity
    if (table !== undefined && Property !== undefined) found.push({ where, table, property: Property })
    for (const child of Object.values(node)) walk(where, child)
  }
  for (const [path, text] of files) {
    if (path.startsWith('Shelfline.Report/') && path.endsWith('.json')) walk(path, JSON.parse(text))
  }
  return found
}

const PAGES = 'Shelfline.Report/definition/pages/'
const BOOKMARKS = 'Shelfline.Report/definition/bookmarks/'

/** Pages that the order, a bookmark or a tooltip names, and bookmarks that a group names, without their file. */
function pageProblems(files: ReadonlyMap<string, string>): string[] {
  const read = (path: string) => JSON.parse(files.get(path) ?? '{}')
  const named: [where: string, path: string][] = []
  const page = (where: string, name: string) => named.push([where, `${PAGES}${name}/page.json`])
  for (const name of read(`${PAGES}pages.json`).pageOrder) page('pages.json', name)
  for (const { children } of read(`${BOOKMARKS}bookmarks.json`).items) {
    for (const name of children) named.push(['bookmarks.json', `${BOOKMARKS}${name}.bookmark.json`])
  }
  for (const path of files.keys()) {
    if (path.endsWith('.bookmark.json')) {
      const { activeSection, sections } = read(path).explorationState
      for (const name of [activeSection, ...Object.keys(sections)]) page(path, name)
    }
    if (path.endsWith('visual.json')) {
      const tooltip = read(path).visual.visualContainerObjects?.visualTooltip?.[0].properties.section.expr.Literal.Value
      if (tooltip !== undefined) page(path, tooltip.slice(1, -1))
    }
  }
  return named.filter(([, path]) => !files.has(path)).map(([where, path]) => `${where}: ${path} does not exist`)
}

function unusedMeasures(
  measures: ReadonlyMap<string, string>,
  expressions: readonly (readonly [string, string])[],
  fields: readonly UsedField[],
): string[] {
  const used = new Set([
    ...fields.map(({ property }) => property),
    ...expressions
      .flatMap(([, dax]) => referencesOf(dax))
      .flatMap((found) => (found.kind === 'measure' ? found.measure : [])),
  ])
  return [...measures.keys()].filter((name) => !used.has(name)).map((name) => `nothing shows the measure ${name}`)
}

/** The keys and the day by which facts relate to dimensions. */
const DIMENSIONS: Readonly<Record<string, string>> = {
  'Store key': 'Store',
  'Product key': 'Product',
  'Supplier key': 'Supplier',
}

function relationshipProblems(text: string, tables: ReadonlyMap<string, Table>): string[] {
  const side = `(${NAME.source.replace('[^\\s=]+', '[^\\s=.]+')})\\.(${NAME.source})`
  const pattern = new RegExp(`fromColumn: ${side}\\n\\ttoColumn: ${side}`, 'g')
  const pairs = [...text.matchAll(pattern)].map((match) => match.slice(1, 5).map(unquoted))
  const written = text.split('fromColumn:').length - 1
  const dangling = pairs
    .flatMap(
      ([from, key, to, column]) =>
        [
          [from, key],
          [to, column],
        ] as [string, string][],
    )
    .filter(([table, column]) => !tables.get(table)?.columns.has(column))
    .map(([table, column]) => `relationships: ${table}[${column}] does not exist`)
  const isRelated = (table: string, key: string) => pairs.some(([from, column]) => from === table && column === key)
  const dimensions = Object.values(DIMENSIONS)
  const missing = [...tables]
    .filter(([table]) => !dimensions.includes(table))
    .flatMap(([table, { columns }]) =>
      Object.keys(DIMENSIONS)
        .filter((key) => columns.has(key) && !isRelated(table, key))
        .map((key) => `relationships: ${table} is not related to ${DIMENSIONS[key]}`),
    )
  return [...(pairs.length === written ? [] : ['relationships: one is incomplete']), ...dangling, ...missing]
}

function roleProblems(path: string, text: string, tables: ReadonlyMap<string, Table>): string[] {
  const rules = expressionsOf(text, 'tablePermission')
  const unknown = [...rules.keys()].filter((table) => !tables.has(table)).map((table) => `${path}: no table ${table}`)
  const open = ['Store', 'Access'].filter((table) => !rules.get(table)?.includes('USERPRINCIPALNAME ()'))
  return [...unknown, ...open.map((table) => `${path}: ${table} is not restricted to who reads`)]
}

/** What one role restricts, each must: a table that a role forgets is open to it. */
function unevenRoles(roles: readonly (readonly [path: string, text: string])[]): string[] {
  const all = new Set(roles.flatMap(([, text]) => [...expressionsOf(text, 'tablePermission').keys()]))
  return roles.flatMap(([path, text]) => {
    const own = expressionsOf(text, 'tablePermission')
    return [...all].filter((table) => !own.has(table)).map((table) => `${path}: ${table} is open to the role`)
  })
}
