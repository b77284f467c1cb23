import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { StackError } from './errors.ts'
import type { ProgramName, ServerRecord } from './home.ts'
import { isPortFree, stackSettings } from './ports.ts'
import { endProcess, isRunning, recordProcess } from './processes.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'

type Program = Server<ProgramName>

/** A server that has ended is noticed at once; this is for one that hangs. A busy machine may need minutes for Kafka. */
const READY_WAIT_MS = 300_000
const READY_POLL_MS = 50
const LOG_BYTES_MAX = 20_000_000

/** @throws StackError naming each port that another process holds, and the setting that changes it */
export async function requireFreePorts(servers: readonly Program[], { ports, security }: ServerContext): Promise<void> {
  const problems: string[] = []
  for (const server of servers) {
    for (const name of (security && server.securePorts) ?? server.ports) {
      if (await isPortFree(ports[name])) continue
      problems.push(
        `${server.title}: port ${ports[name]} is used by another program; stop it, or set another port with ${stackSettings[name].environment}`,
      )
    }
  }
  if (problems.length > 0) throw new StackError(problems.join('\n'))
}

/**
 * Starts a server as a process that outlives this one, and returns when it answers a real request.
 *
 * @throws StackError with the last line of its log when it ends, or does not answer in time; then it is not left running
 */
export async function startServer(server: Program, context: ServerContext, signal?: AbortSignal): Promise<void> {
  const launch = await server.launch(context)
  const logFile = context.home.logFile(server.name)
  const logStart = openLog(logFile)
  const record = spawnDetached(launch, logFile, context.home.folder)
  if (record === undefined) {
    throw new StackError(
      `${server.title} stopped right after its start: ${lastLogLine(logFile, logStart)} (log: ${logFile})`,
    )
  }
  context.home.writeServer(server.name, record)
  try {
    await waitUntilReady(server, context, record, logStart, signal)
  } catch (error) {
    await stopServer(server, context.home, record)
    throw error
  }
}

/** Moves a log that has grown large aside and returns where the next run's lines begin. */
export function openLog(logFile: string): number {
  if (!existsSync(logFile)) return 0
  const { size } = statSync(logFile)
  if (size < LOG_BYTES_MAX) return size
  renameSync(logFile, `${logFile}.1`)
  return 0
}

function spawnDetached(launch: LaunchCommand, logFile: string, folder: string): ServerRecord | undefined {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(launch.command, launch.arguments, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...launch.environment },
  })
  closeSync(log)
  // A command that can't be started has no process id; the caller recognises it by that.
  child.on('error', () => {})
  child.unref()
  const started = child.pid === undefined ? undefined : recordProcess(child.pid)
  return started && { ...started, startedAt: new Date().toISOString(), command: launch.command }
}

async function waitUntilReady(
  server: Program,
  context: ServerContext,
  record: ServerRecord,
  logStart: number,
  signal?: AbortSignal,
): Promise<void> {
  const logFile = context.home.logFile(server.name)
  const deadline = performance.now() + READY_WAIT_MS
  for (;;) {
    signal?.throwIfAborted()
    const problem = await attempt(server, context)
    if (!isRunning(record)) {
      throw new StackError(
        `${server.title} ended while it was starting: ${lastLogLine(logFile, logStart)} (log: ${logFile})`,
      )
    }
    if (problem === undefined) return
    if (performance.now() > deadline) {
      throw new StackError(
        `${server.title} did not answer within ${READY_WAIT_MS / 1000} s (${problem}): ${lastLogLine(logFile, logStart)} (log: ${logFile})`,
      )
    }
    await pause(READY_POLL_MS)
  }
}

/** Undefined when the server is ready, else why it is not. What waiting can't cure is thrown. */
async function attempt(server: Program, context: ServerContext): Promise<string | undefined> {
  const [port] = server.ports
  // Asking the port first keeps the clients' own waiting between attempts out of the start-up time.
  if (await isPortFree(context.ports[port!])) return 'its port is closed'
  try {
    await server.furnish(context)
    await server.probe(context)
    return undefined
  } catch (error) {
    if (error instanceof StackError) throw error
    return (error as Error).message
  }
}

/** Whether the server answers a real request now; else why not. */
export async function probeServer(server: Program, context: ServerContext): Promise<string | undefined> {
  try {
    await server.probe(context)
    return undefined
  } catch (error) {
    return (error as Error).message || String(error)
  }
}

/** Ends a server that was started natively, and forgets it. */
export async function stopServer(
  server: Program,
  home: ServerContext['home'],
  record: ServerRecord,
): Promise<'gone' | 'ended' | 'killed'> {
  const ending = await endProcess(record, server.stopSignal, server.stopWaitMs)
  home.forgetServer(server.name)
  return ending
}

/** The line of the log that most likely shows what went wrong: the last with an error, else the last. */
export function lastLogLine(logFile: string, from = 0): string {
  if (!existsSync(logFile)) return 'it has no log'
  const lines = readFileSync(logFile)
    .subarray(from)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const isTelling = (line: string) => /\b(error|fatal|panic|exception|failed|cannot|could not)\b/i.test(line)
  return lines.findLast(isTelling) ?? lines.at(-1) ?? 'its log is empty'
}
