import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createVault } from './vault.ts'

const key = () => randomBytes(32).toString('base64')
const [old, next] = [key(), key()]
const vaultOf = (...secretKeys: string[]) => createVault({ secretKeys, secretKeysFile: [] })

test('a secret is sealed, never twice the same, and opened for what it is of only', () => {
  const vault = vaultOf(old)
  const [one, other] = [vault.seal('whsec_ä', 'route a'), vault.seal('whsec_ä', 'route a')]
  expect(one).not.toBe(other)
  expect(one).not.toContain('whsec')
  expect(vault.open(one, 'route a')).toBe('whsec_ä')
  expect(() => vault.open(one, 'route b')).toThrow("the secret of route b can't be opened")
  expect(() => vault.open(`${one.slice(0, -4)}AAA=`, 'route a')).toThrow("can't be opened")
  expect(() => vault.open('sealed:v1:AAAA', 'route a')).toThrow("can't be opened")
})

test('while a key is rotated the new one seals and both open', () => {
  const sealed = vaultOf(old).seal('x', 'c')
  expect(vaultOf(next, old).open(sealed, 'c')).toBe('x')
  expect(() => vaultOf(next).open(sealed, 'c')).toThrow('another key')
  expect(vaultOf(next).open(vaultOf(next, old).seal('x', 'c'), 'c')).toBe('x')
})

test('a secret is sealed again when it is not sealed with the first key', () => {
  const sealed = vaultOf(old).seal('x', 'c')
  const again = vaultOf(next, old).reseal(sealed, 'c')!
  expect(vaultOf(next).open(again, 'c')).toBe('x')
  expect(vaultOf(next, old).reseal(again, 'c')).toBeUndefined()
  expect(vaultOf(next).open(vaultOf(next).reseal('x', 'c')!, 'c')).toBe('x')
  expect(vaultOf().reseal('x', 'c')).toBeUndefined()
  expect(() => vaultOf(next).reseal(sealed, 'c')).toThrow('another key')
})

test('without a key a secret is kept as it is, and one from before is read with a key too', () => {
  expect(vaultOf().seal('x', 'c')).toBe('x')
  expect(vaultOf(next).open('x', 'c')).toBe('x')
})
