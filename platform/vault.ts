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
  /** The same text sealed with the first key; undefined when it is already. @throws as `open` does */
  reseal(text: string, context: string): string | undefined
}

/** Seals with the first key and opens with any, so that a key can be rotated. */
export function createVault({ secretKeys, secretKeysFile }: Pick<Settings, 'secretKeys' | 'secretKeysFile'>): Vault {
  const keys = [...secretKeysFile, ...secretKeys].map((key) => Buffer.from(key, 'base64'))
  const [first] = keys
  const openWith = (some: readonly Buffer[], text: string, context: string) =>
    openBytes(some, Buffer.from(text.slice(PREFIX.length), 'base64'), context)

  const vault: Vault = {
    seal(text, context) {
      return first === undefined ? text : PREFIX + sealBytes(first, Buffer.from(text), context).toString('base64')
    },
    open(text, context) {
      if (!text.startsWith(PREFIX)) return text
      const opened = openWith(keys, text, context)
      if (opened !== undefined) return opened.toString('utf8')
      throw new Error(
        `the secret of ${context} can't be opened: SHELFLINE_SECRET_KEYS has another key than it was sealed with`,
      )
    },
    reseal(text, context) {
      const opened = vault.open(text, context)
      if (first === undefined) return undefined
      const isCurrent = text.startsWith(PREFIX) && openWith([first], text, context) !== undefined
      return isCurrent ? undefined : vault.seal(opened, context)
    },
  }
  return vault
}
