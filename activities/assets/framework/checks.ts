import { CHECK_EXAMPLES_MAX, type CheckQuestion, type CheckResult } from './asset.ts'

type Severity = CheckResult['severity']
export type Example = NonNullable<CheckResult['examples']>[number]

/** The checks of an asset by name, each with its severity and what it asks. */
export function questions<Name extends string>(
  asked: Readonly<Record<Name, readonly [Severity, question: string]>>,
): Readonly<Record<Name, CheckQuestion>> {
  const named = Object.entries<readonly [Severity, string]>(asked)
  return Object.fromEntries(
    named.map(([check, [severity, question]]) => [check, { check, severity, question }]),
  ) as Record<Name, CheckQuestion>
}

/** A check that compares two figures, e.g. rows read and rows written. */
export function expectEqual(
  { check, severity }: CheckQuestion,
  what: string,
  expected: string | number,
  found: string | number,
): CheckResult {
  const passed = String(expected) === String(found)
  const finding = passed ? `${what}: ${found}` : `${what}: expected ${expected}, found ${found}`
  return { check, severity, passed, finding, failingRows: passed ? 0 : 1 }
}

/** A check of the partition as a whole. `otherwise`: what is wrong, and the fix. */
export const expectTrue = ({ check, severity }: CheckQuestion, holds: boolean, otherwise: string): CheckResult => ({
  check,
  severity,
  passed: holds,
  finding: holds ? 'as it should be' : otherwise,
  failingRows: 0,
})

/** A check that no row has a property. `what`: what such rows are, left out the check's own words. */
export function expectNone(
  { check, severity, question }: CheckQuestion,
  failingRows: number,
  { what = question, examples = [] }: { what?: string; examples?: readonly Example[] } = {},
): CheckResult {
  const passed = failingRows === 0
  return {
    check,
    severity,
    passed,
    finding: `${failingRows} ${failingRows === 1 ? 'row' : 'rows'}: ${what}`,
    failingRows,
    ...(examples.length > 0 && { examples: examples.slice(0, CHECK_EXAMPLES_MAX) }),
  }
}

/** The sum of one figure over all shards. */
export const total = (measured: readonly Record<string, number>[], name: string): number =>
  measured.reduce((sum, figures) => sum + figures[name]!, 0)
