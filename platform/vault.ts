/**
 * Secrets as the database keeps them: encrypted with a key that it does not have. Without a key they are kept as they are; a
 * text that is not sealed is read as it is, so that a key can be added later.
 */
import { openBytes, sealBytes } from './sealing.ts'
import type { Settings } from './settings/settings.ts'

const PREFIX = 'sealed:v1:'

export interface Vault {
  /** @param context what the secret is of, such as `route maria`: it can be opened for that only */
  seal(text: string, context: string): string
  /** @throws Error when no key opens it: it was sealed with another one, for something else, or is damaged */
  open(text: string, context: string): string
}

/** Seals with the first key and opens with any, so that a key can be rotated. */
export function createVault({ secretKeys, secretKeysFile }: Pick<Settings, 'secretKeys' | 'secretKeysFile'>): Vault {
  const keys = [...secretKeysFile, ...secretKeys].map((key) => Buffer.from(key, 'base64'))
  return {
    seal(text, context) {
      const [key] = keys
      return key === undefined ? text : PREFIX + sealBytes(key, Buffer.from(text), context).toString('base64')
    },
    open(text, context) {
      if (!text.startsWith(PREFIX)) return text
      const opened = openBytes(keys, Buffer.from(text.slice(PREFIX.length), 'base64'), context)
      if (opened !== undefined) return opened.toString('utf8')
      throw new Error(
        `the secret of ${context} can't be opened: SHELFLINE_SECRET_KEYS has another key than it was sealed with`,
      )
    },
  }
}
