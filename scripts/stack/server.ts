import type { Home, ProgramName, Secrets, ServerName } from './home.ts'
import type { PortName, Ports } from './ports.ts'
import type { Report } from './progress.ts'
import type { Security } from './security.ts'

/** The one instance that a server belongs to. */
export interface ServerContext {
  home: Home
  ports: Ports
  secrets: Secrets
  /** Its data need not outlive a power cut. */
  isDisposable: boolean
  /** Certificates and keys; left out: connections are not encrypted. */
  security?: Security | undefined
}

export interface LaunchCommand {
  command: string
  arguments: readonly string[]
  environment?: NodeJS.ProcessEnv
}

/** One server of the stack, and how it is run without a container engine. */
export interface Server<Name extends ProgramName = ServerName> {
  name: Name
  title: string
  /** The ports it listens on; clients use the first. */
  ports: readonly PortName[]
  /** Those of a secure instance, where they are others. */
  securePorts?: readonly PortName[]
  /** Downloads or builds what the server needs and isn't there yet. */
  prepare(report: Report, signal?: AbortSignal, isSecure?: boolean): Promise<void>
  /** Makes its data folder on the first start, and returns how to run it. */
  launch(context: ServerContext): Promise<LaunchCommand>
  /** Makes what clients expect to find (roles, bucket); may run again at any time. Throws while the server isn't ready. */
  furnish(context: ServerContext): Promise<void>
  /** One real request, as a client of ours would send it. Throws when there is no right answer. */
  probe(context: ServerContext): Promise<void>
  stopSignal: NodeJS.Signals
  /** A healthy server needs less than this to stop; after it, it is killed. */
  stopWaitMs: number
}
