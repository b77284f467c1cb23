/**
 * Compares what `npm audit` knows of the packages of production with the reviewed list, `audit-reviewed.json`. It fails for a vulnerability that is
 * not on it, for one whose time is over, and for an entry that is no longer needed.
 *
 *     node scripts/supply-chain/audit.ts
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A vulnerability that was looked at, and does not harm here. */
export interface Reviewed {
  /** GitHub's id: `GHSA-…`. */
  id: string
  package: string
  /** Why it does not harm. */
  why: string
  /** It is looked at again by this day, YYYY-MM-DD. */
  until: string
}

export interface Advisory {
  id: string
  package: string
  severity: string
  title: string
}

interface AuditReport {
  vulnerabilities: Record<string, { via: (string | { url: string; severity: string; title: string; name: string })[] }>
}

/** The advisories of a report of `npm audit --json`, each once. */
export function advisoriesOf({ vulnerabilities }: AuditReport): Advisory[] {
  const found = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.flatMap((one) =>
      typeof one === 'string'
        ? []
        : [
            {
              id: one.url.slice(one.url.lastIndexOf('/') + 1),
              package: one.name,
              severity: one.severity,
              title: one.title,
            },
          ],
    ),
  )
  return [...new Map(found.map((advisory) => [`${advisory.id} ${advisory.package}`, advisory])).values()]
}

/** A sentence for each difference between what is known and what was looked at. */
export function auditProblems(advisories: readonly Advisory[], reviewed: readonly Reviewed[], today: string): string[] {
  const isSame = (one: { id: string; package: string }, other: { id: string; package: string }) =>
    one.id === other.id && one.package === other.package
  const open = advisories
    .filter((advisory) => !reviewed.some((one) => isSame(one, advisory)))
    .map(({ id, package: name, severity, title }) => `${name}: ${title} (${severity}, ${id}): update it, or review it`)
  const over = reviewed
    .filter(({ until }) => until < today)
    .map(({ id, package: name, until }) => `${name}: ${id} was reviewed until ${until}: look at it again`)
  const gone = reviewed
    .filter((one) => !advisories.some((advisory) => isSame(one, advisory)))
    .map(({ id, package: name }) => `${name}: ${id} is reviewed and no longer found: remove it from the list`)
  return [...open, ...over, ...gone]
}

if (import.meta.main) {
  const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' })
  const report = JSON.parse(stdout) as AuditReport & { message?: string }
  if (report.vulnerabilities === undefined) throw new Error(`npm audit gave no report: ${report.message ?? stderr}`)
  const list = readFileSync(join(import.meta.dirname, 'audit-reviewed.json'), 'utf8')
  const problems = auditProblems(
    advisoriesOf(report),
    JSON.parse(list) as Reviewed[],
    new Date().toISOString().slice(0, 10),
  )
  for (const problem of problems) console.error(problem)
  console.log(
    problems.length === 0 ? 'npm audit: nothing that was not reviewed' : `npm audit: ${problems.length} to look at`,
  )
  if (problems.length > 0) process.exitCode = 1
}
