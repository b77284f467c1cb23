import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { figures } from '../figures/index.ts'
import { problemsOf } from './check.ts'
import { referencesOf, rewritten } from './dax.ts'
import { pages } from './pages.ts'
import { projectFiles } from './project.ts'
import { columnName, leftOut, tables } from './tables.ts'
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
