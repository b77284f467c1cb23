/** The certificate that our own servers show. */
import { readFileSync } from 'node:fs'
import type { Server as TlsServer } from 'node:tls'
import type { Logger } from '../log.ts'
import type { Settings } from '../settings/settings.ts'

export type CertificateSettings = Pick<Settings, 'httpsCertificateFile' | 'httpsKeyFile'>

/** PEM texts, as Node.js's servers take them. */
export interface Certificate {
  cert: string
  key: string
}

/** Undefined: there is none, and it is http that is spoken. */
export const readCertificate = ({
  httpsCertificateFile,
  httpsKeyFile,
}: CertificateSettings): Certificate | undefined =>
  httpsCertificateFile === ''
    ? undefined
    : { cert: readFileSync(httpsCertificateFile, 'utf8'), key: readFileSync(httpsKeyFile, 'utf8') }

/** Where a server of ours is, as a URL. */
export function ownAddress({ httpsCertificateFile }: CertificateSettings, host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${httpsCertificateFile === '' ? 'http' : 'https'}://${name}:${port}`
}

/** What a server needs for a certificate that can be renewed. */
export interface CertificateOptions {
  settings: CertificateSettings
  logger: Logger
}

const LOOK_MS = 2_000

/**
 * From now on new connections get the certificate that is in the files. Files that do not fit together, such as while they are being
 * written, are left alone until they do. Files are read, not watched: they may be links that are changed, as Kubernetes does it.
 */
export function renewCertificate(server: TlsServer, { settings, logger }: CertificateOptions): void {
  let seen = textOf(readCertificate(settings))
  let problem: string | undefined
  const look = () => {
    try {
      const certificate = readCertificate(settings)!
      if (textOf(certificate) === seen) return
      server.setSecureContext(certificate)
      seen = textOf(certificate)
      problem = undefined
      logger.info({ file: settings.httpsCertificateFile }, 'a new certificate is used')
    } catch (error) {
      const { message } = error as Error
      if (message !== problem)
        logger.warn({ file: settings.httpsCertificateFile, error: message }, 'the new certificate can not be used')
      problem = message
    }
  }
  const timer = setInterval(look, LOOK_MS).unref()
  server.once('close', () => clearInterval(timer))
}

const textOf = (certificate: Certificate | undefined): string => JSON.stringify(certificate)
