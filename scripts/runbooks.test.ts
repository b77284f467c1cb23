/** The pages in `docs/runbooks/`: one for each alert, with commands that exist. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createProgram, wantedCommands } from '../cli/program.ts'
import { businessAlerts } from '../docker/grafana/source/alert-rules.ts'
import { documentedCommands } from './front-door/markdown.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'runbooks')

interface Rule {
  alert?: string
  annotations?: { runbook_url?: string }
}

function rulesOf(file: string): Rule[] {
  const text = readFileSync(join(root, 'docker', 'prometheus', file), 'utf8')
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
}

const rules = ['alerts.yaml', 'slo.yaml'].flatMap(rulesOf).filter(({ alert }) => alert !== undefined)
const pages = readdirSync(folder).filter((file) => file !== 'README.md')
const textOf = (page: string) => readFileSync(join(folder, page), 'utf8')

test('every alert has a page, and every page an alert', () => {
  const names = [...rules.map(({ alert }) => alert!), ...businessAlerts.map(({ name }) => name)]
  expect(pages.sort()).toEqual([...new Set(names)].map((name) => `${name}.md`).sort())
})

test('every alert links to its page, which Prometheus serves', () => {
  for (const { alert, annotations } of rules) {
    expect(annotations?.runbook_url).toBe(`{{ $externalURL }}/user/${alert}.md`)
  }
})

describe.each(pages)('%s', (page) => {
  const text = textOf(page)

  test('has the three parts', () => {
    expect(text.match(/^#+ .*$/gm)).toEqual([
      `# ${basename(page, '.md')}`,
      '## What it means',
      '## How to check',
      '## What to do',
    ])
  })

  test('links to pages that exist', () => {
    for (const [, to] of text.matchAll(/\]\(([^)]+)\)/g)) expect(pages).toContain(to)
  })

  describe('names a command that exists, with options that it has', () => {
    const commands = documentedCommands(text)
    test.each(commands.length > 0 ? commands : [{ command: '', line: 0 }])('$command', async ({ command }) => {
      if (command === '') return
      const words = command.split(' ').slice(1)
      const found = leaf(await createProgram(wantedCommands(words)), words)
      expect(found, command).toBeDefined()
      const known = found!.options.map(({ long }) => long)
      for (const word of words.filter((one) => one.startsWith('--'))) expect(known, command).toContain(word)
    })
  })
})

/** The command that the words lead to; undefined when one of them is none of its parent's. */
function leaf(program: Command, words: readonly string[]): Command | undefined {
  let at: Command | undefined = program
  for (const word of words) {
    if (at === undefined || at.commands.length === 0 || word.startsWith('-')) break
    at = at.commands.find((one) => one.name() === word)
  }
  return at
}
