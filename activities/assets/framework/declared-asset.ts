import { statementsVersion, withDeclared } from '../../../platform/postgres/sql.ts'
import type { AssetDefinition } from './asset.ts'

/** The statements that an asset may run. */
export interface DeclaredStatements {
  /** Those that rows come from, and those that put them in place: when one changes, what was built with it is stale. */
  rows: readonly string[]
  /** Those that pin inputs and judge rows: they decide whether a partition changes, not to what. */
  others: readonly string[]
}

/**
 * An asset that runs what it has declared and nothing else, so that its code version changes with every statement that its rows
 * come from.
 *
 * @param statements what it runs; any other statement fails, with the way out
 * @param parts what else the rows come from: columns, orders, numbers for the code
 */
export function declaredAsset(
  asset: Omit<AssetDefinition, 'codeVersion'>,
  { rows, others }: DeclaredStatements,
  ...parts: readonly (string | number)[]
): AssetDefinition {
  const { name } = asset
  const all = [...rows, ...others]
  return {
    ...asset,
    codeVersion: statementsVersion(rows, ...parts),
    plan: (...given) => withDeclared(name, all, () => asset.plan(...given)),
    stage: (...given) => withDeclared(name, rows, () => asset.stage(...given)),
    check: (...given) => withDeclared(name, all, () => asset.check(...given)),
    swap: (...given) => withDeclared(name, rows, () => asset.swap(...given)),
  }
}
