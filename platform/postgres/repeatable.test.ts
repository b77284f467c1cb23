import { expect, test } from 'vitest'
import { inOrder, repeatableFiles, viewOf } from './repeatable.ts'

const view = (name: string, reads: string) => ({
  file: `views/bi/${name}.sql`,
  text: `create or replace view bi.${name} as select * from ${reads};\ncomment on view bi.${name} is 'x';`,
})

test('a view is made after those that it reads', () => {
  const files = [view('a', 'bi.b'), view('b', 'bi.c_long'), view('c', 'analytics.c'), view('c_long', 'bi.c')]
  expect(inOrder(files).map(({ file }) => viewOf(file))).toEqual(['bi.c', 'bi.c_long', 'bi.b', 'bi.a'])
})

test('views that read each other are named', () => {
  expect(() => inOrder([view('a', 'bi.b'), view('b', 'bi.a'), view('c', 'x')])).toThrow(
    'these views read each other: views/bi/a.sql, views/bi/b.sql; break the circle',
  )
})

test('a file makes the view of its name, with its readers’ rights, and its comment', () => {
  const views = repeatableFiles().filter(({ file }) => viewOf(file))
  expect(views.length).toBeGreaterThan(30)
  for (const { file, text } of views) {
    expect(text, file).toMatch(
      new RegExp(`^create or replace view ${viewOf(file)} with \\(security_invoker = true\\) as$`, 'm'),
    )
    expect(text.match(/^create /gm), file).toHaveLength(1)
    expect(text, file).toContain(`comment on view ${viewOf(file)} is '`)
  }
})
