import { statement, statementsVersion, withDeclared } from '../../../platform/postgres/sql.ts'
import type { AssetDefinition, CheckResult } from './asset.ts'
import { shapeOf } from './columns.ts'

/** Statements in `sql/`, by the names that an asset's steps call them. */
export type SqlFiles = Readonly<Record<string, string>>

/** The statements that an asset may run. */
export interface AssetSql {
  /** Those that rows come from, and those that put them in place: when one changes, what was built with it is stale. */
  rows: readonly string[]
  /** Those that pin inputs and judge rows: they decide whether a partition changes, not to what. */
  others: readonly string[]
}

export interface AssetParts extends Omit<AssetDefinition, 'codeVersion' | 'statements'> {
  sql: AssetSql
  /** What else the rows come from: orders, numbers for the code. */
  madeFrom: readonly (string | number)[]
}

/** The definition's statements, each by its name: a file is named where it is declared and nowhere else. */
export type Statements<Files extends SqlFiles> = {
  readonly [Name in keyof Files]: (parameters?: Readonly<Record<string, string>>) => string
}

export function statementsOf<Files extends SqlFiles>(files: Files): Statements<Files> {
  const named = Object.entries(files).map(([name, file]) => [
    name,
    (parameters?: Readonly<Record<string, string>>) => statement(file, parameters),
  ])
  return Object.fromEntries(named) as Statements<Files>
}

/**
 * An asset that runs the statements that it has declared and no others, so that its code version changes with every one that its
 * rows come from, and that answers exactly the checks that it has declared.
 */
export function defineAsset({ sql, madeFrom, ...asset }: AssetParts): AssetDefinition {
  const { name } = asset
  const all = [...sql.rows, ...sql.others]
  return {
    ...asset,
    statements: sql.rows,
    codeVersion: statementsVersion(sql.rows, shapeOf(asset.columns), ...madeFrom),
    plan: (...given) => withDeclared(name, all, () => asset.plan(...given)),
    stage: (...given) => withDeclared(name, sql.rows, () => asset.stage(...given)),
    check: (...given) => withDeclared(name, all, async () => assertAnswered(asset, await asset.check(...given))),
    swap: (...given) => withDeclared(name, sql.rows, () => asset.swap(...given)),
  }
}

function assertAnswered({ name, checks }: Pick<AssetDefinition, 'name' | 'checks'>, results: CheckResult[]) {
  const [asked, answered] = [checks, results].map((list) => list.map(({ check }) => check).sort())
  if (asked!.join() === answered!.join()) return results
  throw new Error(
    `${name} asks ${asked!.join(', ') || 'nothing'} and answers ${answered!.join(', ') || 'nothing'}: ` +
      'its checks are declared and answered under the same names',
  )
}
