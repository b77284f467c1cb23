import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { StackError } from './errors.ts'
import type { Report } from './progress.ts'
import { requireMaven } from './toolchain.ts'

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/**
 * Copies the jars that a pom.xml beside this file names, with all that they need, into `folder`.
 *
 * Maven checks each against the repository's checksum (`--strict-checksums`); all downloads are then checked against
 * `sha256`, the hash over every jar's name and content that is pinned in the code.
 *
 * @throws StackError when a download is not what was pinned
 */
export async function installJars(project: string, sha256: string, folder: string, report: Report): Promise<void> {
  const maven = await requireMaven(report)
  report('downloading jars')
  await runCommand(
    maven.path,
    ['--batch-mode', '--strict-checksums', '--quiet', COPY_DEPENDENCIES, `-DoutputDirectory=${folder}`],
    { cwd: join(import.meta.dirname, project), environment: maven.environment },
  )
  const found = hashOfJars(folder)
  if (found !== sha256) {
    throw new StackError(
      `${project}: the jars that Maven brought hash to ${found}, not to the pinned ${sha256}; ` +
        'a mirror may serve other files: remove them from ~/.m2/repository and retry',
    )
  }
}

function hashOfJars(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    const jar = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
    hash.update(`${jar}  ${name}\n`)
  }
  return hash.digest('hex')
}
