import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { StackError } from './errors.ts'
import { findOnPath, findTool } from './find-tool.ts'

/** A package on PyPI, pinned: `sha256` of its wheel for each platform that is supported. */
export interface Wheel {
  name: string
  version: string
  sha256: readonly string[]
  /** For a wheel of one Python only, when what is needed of it doesn't depend on that. */
  python?: string
}

/**
 * Downloads wheels with pip, which refuses a file whose hash is not one of the pinned ones, and unpacks each into
 * `folder`.
 */
export async function installWheels(wheels: readonly Wheel[], folder: string): Promise<void> {
  const python = await requirePython()
  const downloads = join(folder, 'downloads')
  mkdirSync(downloads, { recursive: true })
  const requirements = join(downloads, 'requirements.txt')
  for (const [version, some] of Map.groupBy(wheels, (wheel) => wheel.python)) {
    writeFileSync(requirements, some.map(requirementLine).join('\n'))
    await runCommand(python, [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--disable-pip-version-check',
      '--dest',
      downloads,
      '--requirement',
      requirements,
      ...(version === undefined ? [] : ['--python-version', version]),
    ])
  }
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.whl'))) {
    await runCommand(python, ['-m', 'zipfile', '-e', join(downloads, file), folder])
  }
  rmSync(downloads, { recursive: true })
}

const requirementLine = ({ name, version, sha256 }: Wheel) =>
  [`${name}==${version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(' ')

/** The machine's Python with pip, when pip knows the wheels' platform names. */
export const findPython = () =>
  findTool(findOnPath('python3'), ['-m', 'pip', '--version'], /^pip (\d+\.\d+(?:\.\d+)?)/m, [20, 3])

export const pythonFix = 'install the packages `python3` and `python3-pip` of your system'

async function requirePython(): Promise<string> {
  const python = await findPython()
  if (python === undefined) throw new StackError(`python3 with pip 20.3 or newer is missing: ${pythonFix}`)
  return python.path
}
