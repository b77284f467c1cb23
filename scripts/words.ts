/** Finds words that the glossary excludes: in pages, messages, comments and the names of tests. */
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type CallExpression, type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '..')
const GLOSSARY = 'docs/glossary.md'

/** Decision records are not checked, because they are history. */
const PAGES = ['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'docker/**/*.yaml', 'data/examples/**/*.yaml']
const STATEMENTS = ['sql/**/*.sql']
/** A migration that has landed never changes; the schema is made from the database. */
const STATEMENTS_EXCLUDED = ['sql/migrations/**', 'sql/schema/**']

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
  const files = (patterns: string[], exclude: string[], textOf: (content: string) => string) =>
    globSync(patterns, { cwd: root, exclude })
      .sort()
      .flatMap((path) => excludedWords(path, textOf(readFileSync(join(root, path), 'utf8')), rules))
  return [
    ...files(PAGES, [GLOSSARY], withoutCode),
    ...files(STATEMENTS, STATEMENTS_EXCLUDED, withoutSql),
    ...wordsInCode(rules),
  ]
}

/** Code blocks and names in backticks are blanked out, so that line numbers stay. */
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, blank)

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ')

/** Of SQL the comments and the literals, without placeholders. */
const withoutSql = (text: string): string =>
  text.replaceAll(/^.*$/gm, (line) => [...line.matchAll(/--.*|'[^']*'/g)].join(' ').replaceAll(/\{\w+\}/g, blank))

function wordsInCode(rules: readonly Rule[]): string[] {
  const api = new API({ cwd: root })
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] })
    return snapshot
      .getProjects()
      .flatMap(({ rootFiles, program }) =>
        rootFiles.flatMap((path) => wordsInFile(program.getSourceFile(path)!, rules)),
      )
  } finally {
    api.close()
  }
}

/** Strings of these files are data, except for the names of tests. */
const WITHOUT_MESSAGES = /\.test\.ts$|\/testing|\/bench\/|\/front-door\//

const LITERALS = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
])

/** In the comments of a file, in the names of its tests, and in its messages: literals of more than two words. */
function wordsInFile(file: SourceFile, rules: readonly Rule[]): string[] {
  const { fileName, text: content } = file
  const hasMessages = !WITHOUT_MESSAGES.test(fileName)
  const places = (text: string, start: number) =>
    excludedWords(relative(root, fileName), text, rules, content.slice(0, start).split('\n').length)
  const found: string[] = []
  let code = ''
  const visit = (node: Node): void => {
    if (LITERALS.has(node.kind)) {
      const [start, end] = [node.getStart(file), node.end]
      const text = content.slice(start, end)
      code += content.slice(code.length, start) + blank(text)
      if ((hasMessages && /\S \S+ \S/.test(text)) || isNameOfTest(node, file)) {
        found.push(...places(text.replaceAll(/\\`[^`\n]*\\`/g, ''), start))
      }
    }
    node.forEachChild(visit)
  }
  visit(file)
  code += content.slice(code.length)
  // With the literals blanked out, whatever looks like a comment is one.
  for (const { 0: comment, index } of code.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*/g)) {
    found.push(...places(comment.replaceAll(/`[^`\n]*`|@param \S+/g, blank), index))
  }
  return found
}

/** The first argument of `test('…')`, `describe('…')` or `test.each([…])('…')`. */
function isNameOfTest({ parent, pos }: Node, file: SourceFile): boolean {
  if (parent.kind !== SyntaxKind.CallExpression) return false
  const { expression, arguments: values } = parent as CallExpression
  return values[0]?.pos === pos && /^(test|describe)\b/.test(expression.getText(file))
}
