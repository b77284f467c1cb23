/** Finds words that the glossary excludes, in texts for people. */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '..')
const GLOSSARY = 'docs/glossary.md'

/** Decision records are not checked, because they are history. */
const PAGES = ['README.md', 'CONTRIBUTING.md', 'docs/*.md']
const STATEMENTS = ['sql/alerts/*.sql']

/** Being rewritten: this list goes when their texts are done. */
const UNFINISHED = /^(cli\/|web\/|docs\/commands\.md)/

interface Rule {
  /** A word, or several with spaces between. */
  word: string
  instead: string
}

/** The table "Words not to use" of the glossary, one rule for each word of its first column. */
export function wordRules(glossary = readFileSync(join(root, GLOSSARY), 'utf8')): Rule[] {
  const [, section = ''] = glossary.split('## Words not to use')
  const rows = [...section.matchAll(/^\| (.+) \| (.+) \|$/gm)].slice(1)
  return rows.flatMap(([, words, instead]) => words!.split(', ').map((word) => ({ word, instead: instead! })))
}

/** @returns `path:line: "word": write …` for each word of `rules` in `text` */
export function excludedWords(path: string, text: string, rules: readonly Rule[], firstLine = 1): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      rules
        .filter(({ word }) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`, 'i').test(line))
        .map(({ word, instead }) => `${path}:${firstLine + index}: "${word}": write ${instead}`),
    )
}

/** Every excluded word in the texts of the repository. */
export function wordsInTexts(): string[] {
  const rules = wordRules()
  const files = (patterns: string[], textOf: (content: string) => string) =>
    globSync(patterns, { cwd: root })
      .filter((path) => path !== GLOSSARY)
      .sort()
      .flatMap((path) => excludedWords(path, textOf(readFileSync(join(root, path), 'utf8')), rules))
  const found = [...files(PAGES, withoutCode), ...files(STATEMENTS, withoutSql), ...messages(rules)]
  return found.filter((place) => !UNFINISHED.test(place))
}

/** Code blocks and names in backticks are blanked out, so that line numbers stay. */
const withoutCode = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, (code) => code.replaceAll(/[^\n]/g, ' '))

/** Of SQL the comments and the literals. */
const withoutSql = (text: string): string =>
  text.replaceAll(/^.*$/gm, (line) => [...line.matchAll(/--.*|'[^']*'/g)].join(' '))

/** Texts in the code: string and template literals of more than two words, outside of tests. */
function messages(rules: readonly Rule[]): string[] {
  const api = new API({ cwd: root })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] })
    return snapshot
      .getProjects()
      .flatMap(({ rootFiles, program }) =>
        rootFiles
          .filter((path) => !/\.test\.ts$|\/testing|\/bench\/|\/front-door\//.test(path))
          .flatMap((path) => messagesIn(program.getSourceFile(path)!, rules)),
      )
  } finally {
    api.close()
  }
}

const TEXTS = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
])

function messagesIn(file: SourceFile, rules: readonly Rule[]): string[] {
  const found: string[] = []
  const visit = (node: Node): void => {
    if (TEXTS.has(node.kind)) {
      const start = node.getStart(file)
      const text = file.text.slice(start, node.end).replaceAll(/\\`[^`\n]*\\`/g, '')
      const line = file.text.slice(0, start).split('\n').length
      if (/\S \S+ \S/.test(text)) found.push(...excludedWords(relative(root, file.fileName), text, rules, line))
    }
    node.forEachChild(visit)
  }
  visit(file)
  return found
}
