import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleWorkflowCode } from '@temporalio/worker'
import type { Logger } from '../platform/log.ts'

const ROOT = join(import.meta.dirname, '..')
export const WORKFLOWS_PATH = join(ROOT, 'workflows', 'index.ts')

/**
 * The workflows as one script. It is made once for a state of the code, which takes seconds, and kept in the instance's
 * folder under the hash of what it was made from.
 */
export async function prepareWorkflowBundle(home: string, logger: Logger): Promise<{ codePath: string }> {
  const folder = join(home, 'workflow-bundles')
  const codePath = join(folder, `${hashOfWorkflows()}.js`)
  if (!existsSync(codePath)) {
    const startedAt = performance.now()
    const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: silent })
    mkdirSync(folder, { recursive: true })
    const unfinished = `${codePath}.${process.pid}`
    writeFileSync(unfinished, code)
    renameSync(unfinished, codePath)
    logger.info({ codePath, milliseconds: Math.round(performance.now() - startedAt) }, 'workflows bundled')
  }
  return { codePath }
}

/** Over the workflows' sources and the locked versions of everything that is bundled with them. */
function hashOfWorkflows(): string {
  const folder = join(ROOT, 'workflows')
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const hash = createHash('sha256')
  for (const file of [...files.sort().map((name) => join(folder, name)), join(ROOT, 'package-lock.json')]) {
    hash.update(`\0${file}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

const ignore = () => undefined
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }
