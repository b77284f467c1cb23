import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Settings } from '../settings/settings.ts'

/** Whose certificates a client takes: those of the file alone where one is given, else those that Node.js knows. */
export const trustedAuthorities = ({ caFile }: Pick<Settings, 'caFile'>): { ca?: string } =>
  caFile === '' ? {} : { ca: readFileSync(caFile, 'utf8') }

/** From now on `fetch`, which takes none, also trusts those of the file: our own servers may have a certificate of theirs. */
export function trustOwnServers({ caFile }: Pick<Settings, 'caFile'>): void {
  if (caFile !== '') setDefaultCACertificates([...getCACertificates(), readFileSync(caFile, 'utf8')])
}
