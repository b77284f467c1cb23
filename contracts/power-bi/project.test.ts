import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DefaultSettings, TaskUtils } from '@microsoft/powerquery-parser'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { figures } from '../figures/index.ts'
import { exceptions, practiceProblems, rules } from './best-practice.ts'
import { problemsOf } from './check.ts'
import { referencesOf, rewritten } from './dax.ts'
import { dashboards, pages } from './pages.ts'
import { projectFiles } from './project.ts'
import { columnName, leftOut, tables } from './tables.ts'
import { rowsOf } from './tile-rows.ts'
import { readTmdl, type TmdlObject } from './tmdl-reader.ts'
import { publicViews } from './views.ts'

const project = projectFiles()
const folder = join(import.meta.dirname, '..', '..', 'powerbi')

/** Microsoft's schemas, each by the address that a file names. */
const ajv = new Ajv({ strict: false, validateFormats: false })
const schemas = join(import.meta.dirname, 'schemas')
for (const path of globSync('**/*.json', { cwd: schemas })) {
  const $id = `https://developer.microsoft.com/json-schemas/fabric/${path}`
  ajv.addSchema({ ...JSON.parse(readFileSync(join(schemas, path), 'utf8')), $id })
}

/** The files that are not as their schema requires. */
const violations = (files: ReadonlyMap<string, string>): string[] =>
  [...files]
    .filter(([path]) => !path.endsWith('.tmdl') && !path.includes('StaticResources'))
    .filter(([, text]) => {
      const document = JSON.parse(text) as { $schema: string }
      return !ajv.validate(document.$schema, document)
    })
    .map(([path]) => path)

const MODEL = 'Shelfline.SemanticModel/definition/'

/** The project with a text of one file replaced; fails when the text is not there. */
function mutant(path: string, from: string | RegExp, to: string): Map<string, string> {
  const text = project.get(path)!
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  return new Map([...project, [path, changed]])
}

describe('the project', () => {
  test('is the same each time, and what powerbi/ has (`npm run docs` writes it)', () => {
    expect(projectFiles()).toEqual(project)
    const written = globSync('**/{.platform,*.*}', { cwd: folder }).filter((path) => /\.\w+$/.test(path))
    const isItem = /^Shelfline\.\w+$/
    expect(written.filter((path) => !isItem.test(path)).sort()).toEqual(
      [...project.keys()].filter((path) => !isItem.test(path)).sort(),
    )
  })

  test('refers to nothing that it does not have', () => {
    expect(problemsOf(project)).toEqual([])
  })

  test('has every document as its schema requires', () => {
    expect(violations(project)).toEqual([])
  })

  test('keeps the rules of good practice, but for those whose exception is argued', () => {
    expect(practiceProblems(project)).toEqual([])
    expect(Object.keys(exceptions).filter((rule) => !(rule in rules))).toEqual([])
  })

  test('has a text for people who do not see on every visual', () => {
    const visuals = [...project].filter(([path]) => path.endsWith('visual.json'))
    expect(visuals.length).toBeGreaterThan(80)
    expect(visuals.filter(([, text]) => !text.includes('"altText"')).map(([path]) => path)).toEqual([])
  })

  test('has no tile over another, and none beside the page', () => {
    for (const { title, tiles } of pages) {
      const cells = tiles.flatMap(({ name, at: [column, row, columns, rows] }) => {
        expect(column + columns <= 12 && row + rows <= 12, `${title}: ${name}`).toBe(true)
        return Array.from({ length: columns * rows }, (_, index) =>
          [column + (index % columns), row + Math.floor(index / columns)].join(),
        )
      })
      expect(
        cells.filter((cell, index) => cells.indexOf(cell) !== index),
        title,
      ).toEqual([])
      expect(new Set(tiles.map(({ name }) => name)).size, title).toBe(tiles.length)
    }
  })

  test('has a place on a phone for every dashboard, one below the other', () => {
    for (const { name } of dashboards) {
      const places = [...project]
        .filter(
          ([path]) => path.startsWith(`Shelfline.Report/definition/pages/${name}/`) && path.endsWith('mobile.json'),
        )
        .map(([, text]) => (JSON.parse(text) as { position: Record<'x' | 'y' | 'width' | 'height', number> }).position)
      expect(places.length, name).toBeGreaterThan(5)
      for (const [index, one] of places.entries()) {
        expect(one.x + one.width, name).toBeLessThanOrEqual(324)
        for (const other of places.slice(index + 1)) {
          const isApart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y
          expect(isApart, `${name}: ${JSON.stringify([one, other])}`).toBe(true)
        }
      }
    }
  })

  test('has a query for every row of the page of tiles but links and sliders', () => {
    const rows = pages.flatMap(rowsOf)
    const without = rows.filter(({ sql }) => sql === null).map(({ figure }) => figure)
    expect([...new Set(without)].sort()).toEqual([
      'Alerts in Shelfline',
      'Lead time change',
      'Models in Shelfline',
      'Orders in Shelfline',
      'Price change',
      'Service level',
      'Time comparison',
      'What-if in Shelfline',
    ])
  })

  test('has every view of bi as a table, or a reason why not', () => {
    const views = publicViews()
    expect([...views.keys()].filter((view) => view in tables === view in leftOut)).toEqual([])
    expect(Object.keys(leftOut).filter((view) => !views.has(view))).toEqual([])
  })

  test('has every view and column of the DAX of every figure', () => {
    const views = publicViews()
    for (const { title, dax } of figures) {
      for (const found of referencesOf(dax)) {
        if (found.kind !== 'column') continue
        expect(Object.keys(tables), title).toContain(found.table)
        expect(
          views.get(found.table)!.columns.map(({ name }) => name),
          title,
        ).toContain(found.column)
      }
    }
  })

  test('has a description on everything that people see', () => {
    const bare = [...project].flatMap(([path, text]) =>
      [...text.matchAll(/(^.*\n)(\t(?:measure|column) .*)\n((?:\t\t.*\n)*)/gm)]
        .filter(([, before, , rest]) => !before!.includes('///') && !rest!.includes('\t\tisHidden\n'))
        .map(([, , head]) => `${path}: ${head!.trim()}`),
    )
    expect(bare).toEqual([])
  })
})

/** Every query of M, by what has it. */
function queriesOf(files: ReadonlyMap<string, string>): [where: string, m: string][] {
  const walk = (path: string, object: TmdlObject): [string, string][] => [
    ...(object.kind === 'expression' ? [[`${path}: ${object.name}`, object.expression] as [string, string]] : []),
    ...['source', 'pollingExpression', 'sourceExpression'].flatMap((property): [string, string][] => {
      const text = object.expression === 'calculated' ? undefined : object.properties[property]
      return text === undefined ? [] : [[`${path}: ${object.name || object.kind} ${property}`, text]]
    }),
    ...object.children.flatMap((child) => walk(path, child)),
  ]
  return [...files]
    .filter(([path]) => path.endsWith('.tmdl'))
    .flatMap(([path, text]) => readTmdl(text).flatMap((object) => walk(path, object)))
}

async function wrongQueries(files: ReadonlyMap<string, string>): Promise<string[]> {
  const parsed = await Promise.all(
    queriesOf(files).map(async ([where, m]) => {
      const task = await TaskUtils.tryLexParse(DefaultSettings, m)
      return TaskUtils.isParseStageOk(task) ? [] : [where]
    }),
  )
  return parsed.flat()
}

test('every query of M can be parsed, and a broken one is found', async () => {
  expect(queriesOf(project).length).toBeGreaterThan(100)
  expect(await wrongQueries(project)).toEqual([])
  const path = `${MODEL}tables/Sales lines.tmdl`
  const broken = mutant(path, '[Schema="bi", Item="fact_sales"]', '[Schema="bi", Item="fact_sales"')
  expect((await wrongQueries(broken))[0]).toMatch(/^Shelfline.SemanticModel.*Sales lines.tmdl: .*[eE]xpression|source/)
}, 60_000)

describe('a mutant of the project is found:', () => {
  test('a measure of a column that does not exist', () => {
    const changed = mutant(`${MODEL}tables/Figures.tmdl`, '[Net amount]', '[Net amounts]')
    expect(problemsOf(changed)).toContain('measure Revenue: Sales by store[Net amounts] does not exist')
  })

  test('a measure of a measure that does not exist', () => {
    const changed = mutant(
      `${MODEL}tables/Figures.tmdl`,
      'DIVIDE ( [Revenue], [Transactions] )',
      'DIVIDE ( [Revenue], [Trips] )',
    )
    expect(problemsOf(changed)).toContain('measure Average basket: [Trips] does not exist')
  })

  test('a relationship that leads nowhere, and one that is missing', () => {
    const path = `${MODEL}relationships.tmdl`
    expect(problemsOf(mutant(path, "toColumn: Store.'Store key'", "toColumn: Shop.'Store key'"))).toContain(
      'relationships: Shop[Store key] does not exist',
    )
    const without = mutant(path, /relationship \S+\n\tfromColumn: 'Sales lines'\.'Store key'\n.*\n\n/, '')
    expect(problemsOf(without)).toEqual(['relationships: Sales lines is not related to Store'])
  })

  test('a visual of a field that does not exist, and one that no schema allows', () => {
    const path = 'Shelfline.Report/definition/pages/executive/visuals/revenue/visual.json'
    const dangling = mutant(path, '"Property": "Revenue"', '"Property": "Takings"')
    expect(problemsOf(dangling)).toContain(`${path}: Figures[Takings] does not exist`)
    expect(violations(mutant(path, '"visualType"', '"kind"'))).toEqual([path])
  })

  test('a bookmark of a page, and a group of a bookmark, that do not exist', () => {
    const folder = 'Shelfline.Report/definition/bookmarks/'
    const path = `${folder}critical_alerts.bookmark.json`
    expect(problemsOf(mutant(path, '"activeSection": "alerts"', '"activeSection": "alarms"'))).toEqual([
      `${path}: Shelfline.Report/definition/pages/alarms/page.json does not exist`,
    ])
    expect(
      problemsOf(mutant(path, /"Property": "Severity"(?![\s\S]*"Property": "Severity")/, '"Property": "Rank"')),
    ).toEqual([`${path}: Alerts now[Rank] does not exist`])
    expect(problemsOf(mutant(`${folder}bookmarks.json`, '"overstock"', '"surplus"'))).toEqual([
      `bookmarks.json: ${folder}surplus.bookmark.json does not exist`,
    ])
    expect(violations(mutant(path, '"displayName"', '"label"'))).toEqual([path])
  })

  test('a key that is shown, a division that can fail, a name that is not sorted, and an exception that is not needed', () => {
    const sales = `${MODEL}tables/Sales lines.tmdl`
    const shown = mutant(
      sales,
      "column 'Store key'\n\t\tdataType: int64\n\t\tisHidden\n",
      "column 'Store key'\n\t\tdataType: int64\n",
    )
    expect(practiceProblems(shown)).toContain('HIDE_FOREIGN_KEYS: Sales lines[Store key]')
    const divided = mutant(
      `${MODEL}tables/Figures.tmdl`,
      'DIVIDE ( [Revenue], [Transactions] )',
      '[Revenue] / [Transactions]',
    )
    expect(practiceProblems(divided)).toContain('USE_THE_DIVIDE_FUNCTION_FOR_DIVISION: Average basket')
    const unsorted = mutant(`${MODEL}tables/Date.tmdl`, /\n\t\tsortByColumn: Month\b/, '')
    expect(practiceProblems(unsorted)).toContain('MONTH_(AS_A_STRING)_MUST_BE_SORTED: Date[Month name]')
    const withoutRoles = new Map([...project].filter(([path]) => !path.startsWith(`${MODEL}roles/`)))
    expect(practiceProblems(withoutRoles)).toContain('REMOVE_ROLES_WITH_NO_MEMBERS: the exception is not needed')
  })

  test('a measure that nothing shows', () => {
    const changed = mutant(
      `${MODEL}tables/Figures.tmdl`,
      '\tmeasure Revenue =',
      '\tmeasure Idle = 1\n\n\tmeasure Revenue =',
    )
    expect(problemsOf(changed)).toEqual(['nothing shows the measure Idle'])
  })

  test('a role that shows every store, and one of a table that does not exist', () => {
    const path = `${MODEL}roles/Store Manager.tmdl`
    expect(problemsOf(mutant(path, /tablePermission Store = .*/, 'tablePermission Store = TRUE ()'))).toEqual([
      `${path}: Store is not restricted to who reads`,
    ])
    expect(problemsOf(mutant(path, "tablePermission 'Model drift'", "tablePermission 'Model shift'"))).toContain(
      `${path}: no table Model shift`,
    )
    expect(problemsOf(mutant(path, "\n\n\ttablePermission 'Data quality' = FALSE ()", ''))).toEqual([
      `${path}: Data quality is open to the role`,
    ])
  })
})

describe('DAX', () => {
  test('is read as text, comments, columns, measures and tables', () => {
    expect(referencesOf('SUM ( a[b c] ) + [M] /* [x] */ -- y[z]\n + "q[r]" & \'T t\'[d] + [@own]')).toEqual([
      { kind: 'word', word: 'SUM' },
      { kind: 'column', table: 'a', column: 'b c' },
      { kind: 'measure', measure: 'M' },
      { kind: 'column', table: 'T t', column: 'd' },
    ])
  })

  test('is rewritten where it refers to something, and nowhere else', () => {
    const dax = 'VAR Own = a[b] RETURN "a[b]" & a[b]'
    expect(rewritten(dax, (found) => (found.kind === 'column' ? 'X' : null))).toBe('VAR Own = X RETURN "a[b]" & X')
  })
})

test('names of columns are words for people', () => {
  expect(columnName('fact_sales', 'net_amount')).toBe('Net amount')
  expect(columnName('product_performance', 'abc_class')).toBe('ABC class')
  expect(columnName('dim_store', 'name')).toBe('Store')
})
