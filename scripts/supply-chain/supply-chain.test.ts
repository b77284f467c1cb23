import { describe, expect, test } from 'vitest'
import { advisoriesOf, auditProblems } from './audit.ts'
import { allComponents } from './components.ts'
import { licenceProblems } from './licences.ts'
import { billOfMaterials, licenceReport } from './sbom.ts'

const components = allComponents()

describe('the bill of materials', () => {
  test('has what each kind of package manager brings, each once', () => {
    for (const kind of ['npm', 'golang', 'maven', 'pypi', 'docker']) {
      expect(
        components.some(({ purl }) => purl.startsWith(`pkg:${kind}/`)),
        kind,
      ).toBe(true)
    }
    expect(new Set(components.map(({ purl }) => purl)).size).toBe(components.length)
    expect(components).toContainEqual(expect.objectContaining({ purl: 'pkg:maven/org.apache.kafka/kafka_2.13@4.3.1' }))
    expect(components).toContainEqual(
      expect.objectContaining({ name: 'kafkajs', licence: 'MIT', isDevelopment: false }),
    )
    expect(components).toContainEqual(expect.objectContaining({ name: 'vitest', isDevelopment: true }))
    expect(components).toContainEqual(expect.objectContaining({ name: 'go.temporal.io/server' }))
  })

  test('names every package of npm that runs in production by its hash, and is the same each time', () => {
    const npm = components.filter(({ purl, isDevelopment }) => purl.startsWith('pkg:npm/') && !isDevelopment)
    expect(npm.length).toBeGreaterThan(200)
    expect(npm.filter(({ hashes }) => hashes.length === 0)).toEqual([])
    expect(billOfMaterials(components)).toEqual(billOfMaterials(allComponents()))
  })

  test('has licences that may be used, and a report of them', () => {
    expect(licenceProblems(components)).toEqual([])
    expect(licenceReport(components)).toMatch(/\| MIT \| \d+ \| /)
    const strange = { ...components.find(({ name }) => name === 'kafkajs')!, licence: 'AGPL-3.0' }
    expect(licenceProblems([strange])).toEqual([expect.stringContaining('its licence is AGPL-3.0')])
    expect(licenceProblems([{ ...strange, licence: '(GPL-2.0 OR MIT)' }])).toEqual([])
  })
})

describe('npm audit', () => {
  const via = {
    url: 'https://github.com/advisories/GHSA-1',
    severity: 'high',
    title: 'Reads too much',
    name: 'left-pad',
  }
  const advisories = advisoriesOf({
    vulnerabilities: { 'left-pad': { via: [via] }, other: { via: ['left-pad', via] } },
  })
  const reviewed = { id: 'GHSA-1', package: 'left-pad', why: 'not called', until: '2026-12-31' }

  test('fails for what no one has reviewed, what was reviewed too long ago, and what is gone', () => {
    expect(advisories).toHaveLength(1)
    expect(auditProblems(advisories, [], '2026-12-01')).toEqual([
      'left-pad: Reads too much (high, GHSA-1): update it, or review it',
    ])
    expect(auditProblems(advisories, [reviewed], '2026-12-01')).toEqual([])
    expect(auditProblems(advisories, [reviewed], '2027-01-01')).toEqual([expect.stringContaining('look at it again')])
    expect(auditProblems([], [reviewed], '2026-12-01')).toEqual([expect.stringContaining('no longer found')])
  })
})
