import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import type { Logger } from '../platform/log.ts'

const ROOT = join(import.meta.dirname, '..')
const WORKFLOWS_PATH = join(ROOT, 'workflows', 'index.ts')

/**
 * The workflows as one script. It is made once for a state of the code, which takes seconds, and kept in the instance's
 * folder under the hash of what it was made from.
 *
 * @param failureConverterPath how workflows write failures; left out: Temporal's own way
 */
export async function prepareWorkflowBundle(
  home: string,
  logger: Logger,
  failureConverterPath?: string,
): Promise<{ codePath: string }> {
  const folder = join(home, 'workflow-bundles')
  const codePath = join(folder, `${hashOfWorkflows(failureConverterPath)}.js`)
  if (!existsSync(codePath)) {
    const startedAt = performance.now()
    const { code } = await bundleWorkflowCode({
      workflowsPath: WORKFLOWS_PATH,
      ...(failureConverterPath && { failureConverterPath }),
      logger: silent,
    })
    mkdirSync(folder, { recursive: true })
    const unfinished = `${codePath}.${process.pid}`
    writeFileSync(unfinished, code)
    renameSync(unfinished, codePath)
    logger.info({ codePath, milliseconds: Math.round(performance.now() - startedAt) }, 'workflows bundled')
  }
  return { codePath }
}

/** What is bundled, but for packages: paths from the root of the checkout. */
export const workflowSources = (): string[] =>
  globSync('workflows/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] }).sort()

/** Over the workflows' sources and the locked versions of everything that is bundled with them. */
function hashOfWorkflows(failureConverterPath?: string): string {
  const hash = createHash('sha256')
  for (const file of [...workflowSources(), 'package-lock.json']) {
    hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)))
  }
  if (failureConverterPath !== undefined) hash.update(readFileSync(failureConverterPath))
  return hash.digest('hex').slice(0, 16)
}

const ignore = () => undefined
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }
