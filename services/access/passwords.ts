/** Passwords are kept as scrypt hashes (RFC 7914), with their parameters, so that these can grow. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { InvalidError } from '../errors.ts'

/** 32 MB and some 60 ms a try. */
const COST = { N: 2 ** 15, r: 8, p: 1 }
const HASH_BYTES = 32
const SALT_BYTES = 16
const LENGTH_MIN = 12
const LENGTH_MAX = 256

/** A generated password: 100 bits, in groups that can be read out. */
export function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const unbiased = 256 - (256 % letters.length)
  const taken: string[] = []
  while (taken.length < 20) {
    for (const byte of randomBytes(32)) if (byte < unbiased) taken.push(letters[byte % letters.length]!)
  }
  return taken
    .slice(0, 20)
    .join('')
    .replace(/(.{5})(?=.)/g, '$1-')
}

/** @throws InvalidError when it is too short or too long */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < LENGTH_MIN || password.length > LENGTH_MAX) {
    throw new InvalidError(`the password has ${password.length} characters`, {
      fix: `use ${LENGTH_MIN} to ${LENGTH_MAX}`,
    })
  }
  const salt = randomBytes(SALT_BYTES)
  const { N, r, p } = COST
  return [
    'scrypt',
    N,
    r,
    p,
    salt.toString('base64url'),
    (await derive(password, salt, COST)).toString('base64url'),
  ].join('$')
}

/** Takes as long for a person who is unknown, so that the time shows nothing. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  if (password.length > LENGTH_MAX) return false
  const [, N, r, p, salt, expected] = (hash ?? (await nobodysHash())).split('$')
  const wanted = Buffer.from(expected!, 'base64url')
  const given = await derive(password, Buffer.from(salt!, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return timingSafeEqual(given, wanted) && hash !== null
}

let nobodys: Promise<string> | undefined
const nobodysHash = (): Promise<string> => {
  nobodys ??= hashPassword(newPassword())
  return nobodys
}

function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  const options = { ...cost, maxmem: 2 * 128 * cost.N! * cost.r! }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
