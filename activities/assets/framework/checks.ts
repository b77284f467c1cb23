import { CHECK_EXAMPLES_MAX, type CheckResult } from './asset.ts'

export type Severity = CheckResult['severity']
export type Example = NonNullable<CheckResult['examples']>[number]

/** A check that compares two figures, e.g. rows read and rows written. */
export function expectEqual(
  check: string,
  what: string,
  expected: string | number,
  found: string | number,
  severity: Severity = 'block',
): CheckResult {
  const passed = String(expected) === String(found)
  const finding = passed ? `${what}: ${found}` : `${what}: expected ${expected}, found ${found}`
  return { check, severity, passed, finding, failingRows: passed ? 0 : 1 }
}

/** A check of the partition as a whole. `otherwise`: what is wrong, and the way out. */
export const expectTrue = (check: string, holds: boolean, otherwise: string, severity: Severity): CheckResult => ({
  ...{ check, severity, passed: holds, finding: holds ? 'as it should be' : otherwise, failingRows: 0 },
})

/** A check that no row has a property. */
export function expectNone(
  check: string,
  what: string,
  failingRows: number,
  severity: Severity,
  examples: readonly Example[] = [],
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
