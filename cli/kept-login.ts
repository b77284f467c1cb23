/** The login that is kept in the user's folder, for their eyes only. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configFolder } from '../platform/settings/settings.ts'
import { UsageError } from './output.ts'

export interface Login {
  /** Of the web application. */
  address: string
  token: string
  tokenId: string
  person: string
  expiresAt: string
}

const loginFile = (): string => join(configFolder(), 'login.json')

export function keepLogin(login: Login): void {
  const file = loginFile()
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // A file that is there keeps its mode: no one else may read the new one for a moment.
  rmSync(file, { force: true })
  writeFileSync(file, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}

/** Undefined: no one is signed in. @throws UsageError when the file is damaged */
export function keptLogin(): Login | undefined {
  try {
    return JSON.parse(readFileSync(loginFile(), 'utf8')) as Login
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UsageError(`${loginFile()} can't be read (${(error as Error).message}): delete it, and sign in again`)
  }
}

export const forgetLogin = (): void => rmSync(loginFile(), { force: true })
