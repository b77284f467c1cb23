import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withCached } from './cache.ts'
import { StackError } from './errors.ts'
import type { Report } from './progress.ts'
import { installWheels, type Wheel } from './wheels.ts'

/** Extensions load only into the DuckDB of exactly their version. */
export const DUCKDB_VERSION = '1.5.5'
/** Counts the sets of extensions for that version. */
export const EXTENSIONS_VERSION = `${DUCKDB_VERSION}-2`

const wheel = (extension: string, ...sha256: string[]): Wheel => ({
  name: `duckdb-extension-${extension}`,
  version: DUCKDB_VERSION,
  sha256,
})

/** Hashes in this order: linux x64, linux arm64, macOS arm64. */
export const extensionWheels = [
  wheel(
    'httpfs',
    '84913dbe172ccb54368de2c4a020c38ca8b0e76f99df548f7fac37934cc7826f',
    '567d17e398fc29f7ea4bc42ea277ea19643bd1ad1815f676cb6dd994b50399bb',
    'a6d9b245ac83834543354e826020b35b8dba16291bb876b2b00bd49f2c6aeb9d',
  ),
  wheel(
    'delta',
    '43d11090ddcf03ee8f516968b005a086a9b0fa45064dd4ef8cb11e1aecaf1a63',
    '9ab368ce654b449b0139ec4a2f52eb3ea5dcf9beeb971663493eda70bb1a49dc',
    'e26eeec084f6de4040422a34e150461d5e8df10f1a2e2bd9176bf0b07068445b',
  ),
  wheel(
    'postgres-scanner',
    'fea9413d1b5bded7ead650aff91b3d7578c5149d832f666100b362f64404bf18',
    '5b50d53ecb192fca381c79ebd70da43b98fefe28a5781162081777f65efc8268',
    '053b9ee8abf30f1880a244c9396323273ec99cf4d72a658e702cf536848b7e5c',
  ),
  wheel(
    'excel',
    'f921eeb15fd4891631209f1a870b4b5301a4170486f09c80d6cbce48521a7fed',
    'be790d821a9b94da8cfca4087d5d3d2976f75aac738418aacf890ef8f13ceef0',
    '24438ae8d2b3a860f87d0a91db4f87211c67f64a140d57a23a3abbe49e061b08',
  ),
]

/** DuckDB's own names of the platforms. */
const platforms: Record<string, string> = {
  'linux-x64': 'linux_amd64',
  'linux-arm64': 'linux_arm64',
  'darwin-arm64': 'osx_arm64',
}

/** Returns the folder to give to DuckDB as `extension_directory`. */
export function prepareDuckdbExtensions(report: Report): Promise<string> {
  const platform = platforms[`${process.platform}-${process.arch}`]
  if (platform === undefined) {
    throw new StackError(`DuckDB's extensions are not pinned for ${process.platform}-${process.arch}`)
  }
  return withCached(
    'duckdb-extensions',
    EXTENSIONS_VERSION,
    async (folder) => {
      report('downloading wheels')
      const unpacked = join(folder, 'wheels')
      await installWheels(extensionWheels, unpacked)
      const target = join(folder, `v${DUCKDB_VERSION}`, platform)
      mkdirSync(target, { recursive: true })
      for (const name of readdirSync(unpacked).filter((entry) => !entry.endsWith('.dist-info'))) {
        cpSync(join(unpacked, name, 'extensions', `v${DUCKDB_VERSION}`), target, { recursive: true })
      }
      rmSync(unpacked, { recursive: true })
    },
    () => report('another process is downloading them'),
  )
}
