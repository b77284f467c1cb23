import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', '..', 'sql')
/** `{name}`: what is filled in before the statement runs. DuckDB's own braces hold more than one lower-case word. */
const PLACEHOLDER = /\{([a-z_]+)\}/g

const texts = new Map<string, string>()

/** Who runs, and the statements that they have declared. */
interface Declaration {
  owner: string
  files: ReadonlySet<string>
}
const declared = new AsyncLocalStorage<Declaration>()

/** Runs `work`, within which `statement` gives the declared files and no others. */
export function withDeclared<Result>(owner: string, files: readonly string[], work: () => Result): Result {
  return declared.run({ owner, files: new Set(files) }, work)
}

function assertDeclared(file: string): void {
  const declaration = declared.getStore()
  if (declaration === undefined || declaration.files.has(file)) return
  throw new Error(
    `${declaration.owner} runs sql/${file} without declaring it: a change of it would not change the code version; ` +
      `add it to the files of its definition (declared: ${[...declaration.files].join(', ') || 'none'})`,
  )
}

/**
 * A statement from `sql/`, read once, e.g. `statement('cleansed/cleanse_sales.sql', { horizon_days: '90' })`.
 *
 * @param parameters SQL for the statement's `{placeholders}`: relations, identifiers, or values made by `literal()`
 * @throws when a placeholder has no parameter or a parameter no placeholder, naming both; within `withDeclared` also for a
 *   file that is not declared
 */
export function statement(file: string, parameters: Readonly<Record<string, string>> = {}): string {
  assertDeclared(file)
  const text = textOf(file)
  const wanted = placeholders(text)
  const missing = [...wanted].filter((name) => parameters[name] === undefined)
  const unknown = Object.keys(parameters).filter((name) => !wanted.has(name))
  if (missing.length > 0 || unknown.length > 0) {
    throw new Error(
      `sql/${file} requires ${[...wanted].join(', ') || 'no parameters'}; ` +
        `missing: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}`,
    )
  }
  return text.replaceAll(PLACEHOLDER, (_, name: string) => parameters[name]!)
}

/** As `statement`, from parameters that the statement may need only some of. */
export function statementFrom(file: string, parameters: Readonly<Record<string, string>>): string {
  const wanted = placeholders(textOf(file))
  return statement(file, Object.fromEntries(Object.entries(parameters).filter(([name]) => wanted.has(name))))
}

const placeholders = (text: string) => new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name!))

/** Twelve hexadecimal digits that change when one of the files does, or one of the other things that rows depend on. */
export function statementsVersion(files: readonly string[], ...others: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(others))
  for (const file of files) hash.update(`\0${file}\0${textOf(file)}`)
  return hash.digest('hex').slice(0, 12)
}

function textOf(file: string): string {
  const known = texts.get(file)
  if (known !== undefined) return known
  const text = readFileSync(join(FOLDER, file), 'utf8')
  texts.set(file, text)
  return text
}
