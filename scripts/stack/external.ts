import { definitions } from '../../platform/settings/settings.ts'
import type { ProgramName, ServerName } from './home.ts'

const addressSettings: Record<ServerName, string> = {
  postgres: definitions.postgresUrl.environment,
  kafka: definitions.kafkaBrokers.environment,
  objectStore: definitions.objectStoreEndpoint.environment,
  temporal: definitions.temporalAddress.environment,
}

/** The address that the environment gives for a server: then the server is used from there, and none is started. */
export function externalAddress(name: ProgramName, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return name in addressSettings ? environment[addressSettings[name as ServerName]] || undefined : undefined
}
