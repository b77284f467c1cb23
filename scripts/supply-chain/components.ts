/** What Shelfline is made of: every package that is pinned in this checkout, with its version, hash and licence where they are known. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { extensionWheels } from '../stack/duckdb-extensions.ts'
import { goWheel, javaWheel } from '../stack/toolchain.ts'
import { xgboostWheel } from '../stack/xgboost.ts'
import { root, usedImages } from './images.ts'

export interface Component {
  /** Package URL: https://github.com/package-url/purl-spec */
  purl: string
  name: string
  version: string
  /** SPDX, as the package has it; undefined: it is not in what is pinned. */
  licence: string | undefined
  /** Algorithm as CycloneDX names it, and hexadecimal. */
  hashes: { alg: string; content: string }[]
  /** Where it is pinned, and whether what runs in production has it. */
  from: string
  isDevelopment: boolean
}

export const allComponents = (): Component[] =>
  [...npmPackages(), ...goModules(), ...mavenPackages(), ...pythonWheels(), ...images()].sort((left, right) =>
    left.purl < right.purl ? -1 : Number(left.purl > right.purl),
  )

interface LockedPackage {
  version: string
  name?: string
  license?: string
  integrity?: string
  dev?: boolean
  link?: boolean
}

function npmPackages(): Component[] {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
  const found = Object.entries(packages).flatMap(([path, { version, name, license, integrity, dev = false, link }]) => {
    if (path === '' || link === true) return []
    const own = name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return component({
      purl: `pkg:npm/${own.replace('@', '%40')}@${version}`,
      name: own,
      version,
      licence: license,
      hashes: integrity === undefined ? [] : [hashOfIntegrity(integrity)],
      from: 'package-lock.json',
      isDevelopment: dev,
    })
  })
  return distinct(found)
}

function hashOfIntegrity(integrity: string): Component['hashes'][number] {
  const [algorithm, digest] = integrity.split(' ')[0]!.split('-') as [string, string]
  return { alg: algorithm.toUpperCase().replace('SHA', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }
}

/** Of the servers that are built: a module and each that it is built with, by the hash that Go checks. */
function goModules(): Component[] {
  const found = globSync('scripts/stack/*/go.mod', { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/^\t?(?:require )?(\S+\.\S+\/?\S*) (v\S+)/gm)].map(([, name, version]) =>
      component({
        purl: `pkg:golang/${name}@${version}`,
        name: name!,
        version: version!,
        licence: undefined,
        hashes: [],
        from: file,
      }),
    ),
  )
  return distinct(found)
}

/** Those that are asked for: what they bring along is fixed by their own versions. */
function mavenPackages(): Component[] {
  const dependency =
    /<dependency>\s*<groupId>([^<]+)<\/groupId>\s*<artifactId>([^<]+)<\/artifactId>\s*<version>([^<]+)<\/version>/g
  const found = globSync('scripts/stack/*/pom.xml', { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(dependency)].map(([, group, artifact, version]) =>
      component({
        purl: `pkg:maven/${group}/${artifact}@${version}`,
        name: `${group}:${artifact}`,
        version: version!,
        licence: undefined,
        hashes: [],
        from: file,
      }),
    ),
  )
  return distinct(found)
}

const pythonWheels = (): Component[] =>
  [...extensionWheels, xgboostWheel, goWheel, javaWheel].map(({ name, version, sha256 }) =>
    component({
      purl: `pkg:pypi/${name}@${version}`,
      name,
      version,
      licence: undefined,
      hashes: sha256.map((content) => ({ alg: 'SHA-256', content })),
      from: 'scripts/stack/',
    }),
  )

function images(): Component[] {
  const found = usedImages().map(({ image }) => {
    const [name, version = 'latest'] = image.split(':') as [string, string?]
    return component({
      purl: `pkg:docker/${name}@${version}`,
      name,
      version,
      licence: undefined,
      hashes: [],
      from: 'docker/',
    })
  })
  return distinct(found)
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const component = (known: Omit<Component, 'isDevelopment'> & { isDevelopment?: boolean }): Component => ({
  isDevelopment: false,
  ...known,
})

/** A package that is there in several places is one; in production where one of them is. */
function distinct(components: readonly Component[]): Component[] {
  return [...Map.groupBy(components, ({ purl }) => purl).values()].map((same) => ({
    ...same[0]!,
    isDevelopment: same.every(({ isDevelopment }) => isDevelopment),
    from: [...new Set(same.map(({ from }) => from))].join(', '),
  }))
}

/** The name of this package and its version. */
export const ownPackage = (): { name: string; version: string } => {
  const { name, version } = JSON.parse(read('package.json')) as { name: string; version: string }
  return { name: basename(name), version }
}
