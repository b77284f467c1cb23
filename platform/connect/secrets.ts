/** Secrets of connectors: a configuration, which Kafka keeps, only names the file that a secret is in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectorConfig } from './connect.ts'

/** As a person writes it: `${secret:erp}`. */
const WRITTEN = /\$\{secret:([A-Za-z0-9_.-]{1,100})\}/g
/** As Connect reads it: its provider `secrets` is a DirectoryConfigProvider. */
const PROVIDER = 'secrets'
const GIVEN = /^\$\{secrets:(.+):([^:}]+)\}$/
const SECRET_KEY = /password|secret|token|credential|api[._]?key/i
const PLACEHOLDER = /^\$\{\w+:[^}]+\}$/

/** A configuration with the secrets where Connect finds them. @param folder with the files, as Connect has it */
export const withSecrets = (config: ConnectorConfig, folder: string): ConnectorConfig =>
  mapValues(config, (value) => value.replaceAll(WRITTEN, (_, name: string) => `\${${PROVIDER}:${folder}:${name}}`))

/** The same as a person has written it; what is a secret and not in a file is hidden. */
export const asWritten = (config: ConnectorConfig): ConnectorConfig =>
  mapValues(config, (value, key) => {
    const [, , name] = GIVEN.exec(value) ?? []
    if (name !== undefined) return `\${secret:${name}}`
    return plainSecret(key, value) ? '(hidden)' : value
  })

/** Whether a value is a secret that everyone can read who reads Kafka. */
export const plainSecret = (key: string, value: string): boolean =>
  SECRET_KEY.test(key) && value !== '' && !PLACEHOLDER.test(value) && !/^(true|false|\d+)$/.test(value)

/** The value behind a placeholder. @throws when its file can't be read */
export function resolveSecret(value: string): string {
  const [, folder, name] = GIVEN.exec(value) ?? []
  return folder === undefined ? value : readFileSync(join(folder, name!), 'utf8').trim()
}

const mapValues = (config: ConnectorConfig, change: (value: string, key: string) => string): ConnectorConfig =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [key, change(value, key)]))
