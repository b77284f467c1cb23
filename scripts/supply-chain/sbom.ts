/**
 * Writes what Shelfline is made of: `sbom.cdx.json`, a bill of materials in CycloneDX 1.6, and `licences.md`, its licences. Continuous
 * integration keeps both with each build.
 *
 *     node scripts/supply-chain/sbom.ts --to FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { allComponents, type Component, ownPackage } from './components.ts'
import { licenceProblems } from './licences.ts'

/** The document; the same packages give the same bytes. */
export function billOfMaterials(components: readonly Component[]): object {
  const { name, version } = ownPackage()
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name, version, licenses: [{ license: { id: 'Apache-2.0' } }] } },
    components: components.map(({ purl, name, version, licence, hashes, from, isDevelopment }) => ({
      type: purl.startsWith('pkg:docker/') ? 'container' : 'library',
      'bom-ref': purl,
      name,
      version,
      purl,
      scope: isDevelopment ? 'excluded' : 'required',
      ...(hashes.length > 0 && { hashes }),
      ...(licence !== undefined && { licenses: [{ expression: licence.replaceAll(/[()]/g, '') }] }),
      properties: [{ name: 'shelfline:pinned-in', value: from }],
    })),
  }
}

export function licenceReport(components: readonly Component[]): string {
  const byLicence = [...Map.groupBy(components, ({ licence }) => licence ?? 'not in what is pinned')]
  const rows = byLicence
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([licence, own]) => `| ${licence} | ${own.length} | ${own.map(({ name }) => name).join(', ')} |`)
  return `# Licences\n\nMade by \`node scripts/supply-chain/sbom.ts\`.\n\n| licence | packages | which |\n|---|---|---|\n${rows.join('\n')}\n`
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { to: { type: 'string', default: 'sbom' } } })
  const components = allComponents()
  mkdirSync(values.to, { recursive: true })
  writeFileSync(join(values.to, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(components), null, 2)}\n`)
  writeFileSync(join(values.to, 'licences.md'), licenceReport(components))
  console.log(`${components.length} components in ${values.to}`)
  const problems = licenceProblems(components)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
