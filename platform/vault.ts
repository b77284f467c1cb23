/**
 * Secrets as the database keeps them: encrypted with a key that it does not have (AES-256-GCM). Without a key they are kept as they are; a
 * text that is not sealed is read as it is, so that a key can be added later.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Settings } from './settings/settings.ts'

const PREFIX = 'sealed:v1:'
const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

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
      if (key === undefined) return text
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
    },
    open(text, context) {
      if (!text.startsWith(PREFIX)) return text
      const sealed = Buffer.from(text.slice(PREFIX.length), 'base64')
      for (const key of keys) {
        const opened = openWith(key, sealed, context)
        if (opened !== undefined) return opened
      }
      throw new Error(
        `the secret of ${context} can't be opened: SHELFLINE_SECRET_KEYS has another key than it was sealed with`,
      )
    },
  }
}

function openWith(key: Buffer, sealed: Buffer, context: string): string | undefined {
  const [iv, tag] = [sealed.subarray(0, IV_BYTES), sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)]
  const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
  try {
    decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    // Another key may open it.
    return undefined
  }
}
