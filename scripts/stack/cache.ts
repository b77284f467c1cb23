import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../platform/settings/settings.ts'
import { withLock } from './lock.ts'

/** Where the item is, or undefined when it has not been built; a half-finished build is not there. */
export function findCached(name: string, version: string): string | undefined {
  const finished = join(cacheFolder(), `${name}-${version}`)
  return existsSync(finished) ? finished : undefined
}

/**
 * Returns the folder of a downloaded or built item in the user's cache folder, and makes it first when it isn't there.
 *
 * `build` fills a temporary folder beside it, which is renamed when `build` returns. Two processes that need the same
 * item build it once: the second waits. What a killed build left behind is removed by the next one.
 *
 * @param onWait called when another process is building the item at this moment
 */
export async function withCached(
  name: string,
  version: string,
  build: (temporaryFolder: string) => Promise<void>,
  onWait?: () => void,
): Promise<string> {
  const found = findCached(name, version)
  if (found !== undefined) return found
  const item = `${name}-${version}`
  const lockFile = join(cacheFolder(), '.locks', item)
  return withLock(lockFile, async () => findCached(name, version) ?? buildAside(item, build), onWait && { onWait })
}

async function buildAside(item: string, build: (temporaryFolder: string) => Promise<void>): Promise<string> {
  const root = cacheFolder()
  const unfinished = `.unfinished-${item}-`
  mkdirSync(root, { recursive: true })
  for (const name of readdirSync(root)) {
    if (name.startsWith(unfinished)) rmSync(join(root, name), { recursive: true, force: true })
  }
  const temporaryFolder = mkdtempSync(join(root, unfinished))
  try {
    await build(temporaryFolder)
    renameSync(temporaryFolder, join(root, item))
  } finally {
    rmSync(temporaryFolder, { recursive: true, force: true })
  }
  return join(root, item)
}
