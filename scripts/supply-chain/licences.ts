import type { Component } from './components.ts'

/** Licences that may be used together with Apache-2.0 in what is distributed. */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-3.0',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'PSF-2.0',
  'Unlicense',
])

/** Packages whose lock entry has no licence, and the one that their own files have. */
const known: Readonly<Record<string, string>> = {
  'png-js': 'MIT',
  unionfs: 'Unlicense',
}

/** Packages of npm whose licence no one has looked at. Others are named in the report, and looked at when they are pinned. */
export function licenceProblems(components: readonly Component[]): string[] {
  return components.flatMap(({ purl, name, licence, isDevelopment }) => {
    if (!purl.startsWith('pkg:npm/') || isDevelopment) return []
    const own = licence ?? known[name]
    if (own !== undefined && isAllowed(own)) return []
    return [`${purl}: its licence is ${own ?? 'unknown'}; look at it, and add it to scripts/supply-chain/licences.ts`]
  })
}

/** Of a choice one is enough, of several all are needed. */
const isAllowed = (expression: string): boolean =>
  expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => allowed.has(licence)))
