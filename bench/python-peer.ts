/** Python packages that figures are compared with: installed by pip, once, into the cache folder. */
import { join } from 'node:path'
import { withCached } from '../scripts/stack/cache.ts'
import { runCommand } from '../scripts/stack/command.ts'
import { findPython, pythonFix } from '../scripts/stack/wheels.ts'

export interface PythonPeer {
  /** Runs a script and returns the JSON that its last line is. */
  run<Result>(script: string, values: readonly string[]): Promise<Result>
}

/** @param packages with their versions, e.g. `scikit-learn==1.7.2` */
export async function installPython(name: string, packages: readonly string[]): Promise<PythonPeer> {
  const python = await findPython()
  if (python === undefined) throw new Error(`Python is missing: ${pythonFix}`)
  const version = packages.map((each) => each.split('==')[1]).join('-')
  const folder = await withCached(name, version, async (target) => {
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore']
    await runCommand(python.path, [...install, '--target', join(target, 'site'), ...packages])
  })
  return {
    async run<Result>(script: string, values: readonly string[]) {
      const environment = { PYTHONPATH: join(folder, 'site'), OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
      const output = await runCommand(python.path, [script, ...values], { environment })
      const line = output.split('\n').findLast((text) => text.startsWith('{'))
      if (line === undefined) throw new Error(`${script} printed no result:\n${output}`)
      return JSON.parse(line) as Result
    },
  }
}
