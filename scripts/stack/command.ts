import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { StackError } from './errors.ts'

const LINES_KEPT_MAX = 200

export interface CommandOptions {
  cwd?: string
  environment?: NodeJS.ProcessEnv
  /** Sees every line of standard output and standard error as it comes. */
  onLine?: (line: string) => void
  signal?: AbortSignal | undefined
  /** Other programs go first. */
  isInBackground?: boolean
}

/**
 * Runs a command to its end and returns its last lines (standard output and standard error, in the order they came).
 *
 * @throws StackError with the command and its last output, when it can't be started or does not exit with 0
 */
export async function runCommand(
  command: string,
  commandArguments: readonly string[],
  { cwd, environment, onLine, signal, isInBackground = false }: CommandOptions = {},
): Promise<string> {
  const lines: string[] = []
  const keep = (line: string) => {
    lines.push(line)
    if (lines.length > LINES_KEPT_MAX) lines.shift()
    onLine?.(line)
  }
  const child = spawn(command, commandArguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd && { cwd }),
    env: { ...process.env, ...environment },
    ...(signal && { signal }),
  })
  if (isInBackground && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  createInterface(child.stdout).on('line', keep)
  createInterface(child.stderr).on('line', keep)
  const ending = await new Promise<string | undefined>((ended) => {
    child.once('error', (error) => ended(error.message))
    child.once('close', (code, killedBy) => ended(code === 0 ? undefined : `ended with ${code ?? killedBy}`))
  })
  if (ending === undefined) return lines.join('\n')
  throw new StackError(`${[command, ...commandArguments].join(' ')}: ${ending}\n${lines.slice(-12).join('\n')}`.trim())
}
