import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runCommand } from './command.ts'

/** A tool of the machine, or of the cache folder. */
export interface Tool {
  path: string
  version: string
}

/** The first executable of that name on the PATH. */
export function findOnPath(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

export function isExecutable(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false })
  return status?.isFile() === true && (status.mode & 0o111) !== 0
}

/** The tool and its version when it runs and is `minimum` or later; else undefined. */
export async function findTool(
  path: string | undefined,
  versionArguments: readonly string[],
  pattern: RegExp,
  minimum: readonly number[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Tool | undefined> {
  if (path === undefined) return undefined
  try {
    const said = await runCommand(path, versionArguments, {
      environment: { GOTOOLCHAIN: 'local', ...environment },
    })
    // Maven writes its own name in bold.
    const version = pattern.exec(stripVTControlCharacters(said))?.[1]
    return version !== undefined && isAtLeast(version, minimum) ? { path, version } : undefined
  } catch {
    // A shim that finds no program behind it, a Java that does not run: the same as none.
    return undefined
  }
}

/** Whether a version such as `1.26.8` is `minimum` or later. */
export function isAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [place, wanted] of minimum.entries()) {
    const part = parts[place] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}
