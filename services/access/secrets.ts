/** Secrets that a client keeps and the database knows by their hash only. */
import { createHash, randomBytes } from 'node:crypto'

/** 256 bits in 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** Fast: a secret of 256 random bits can't be guessed from its hash. */
export const hashOfSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()
