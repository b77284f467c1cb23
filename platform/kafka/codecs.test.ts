import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { type Codec, unpack } from './codecs.ts'

async function unpacked(codec: Codec, packed: Buffer): Promise<{ bytes: Buffer; chunks: number; longest: number }> {
  const chunks: Buffer[] = []
  for await (const chunk of unpack(codec, packed)) chunks.push(chunk)
  const longest = Math.max(0, ...chunks.map(({ length }) => length))
  return { bytes: Buffer.concat(chunks), chunks: chunks.length, longest }
}

/** Half of it packs well, half of it not at all. */
const mixed = (bytes: number): Buffer => Buffer.concat([Buffer.alloc(bytes >> 1, 'stock '), randomBytes(bytes >> 1)])

function xerial(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])]
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = snappy.compressSync(bytes.subarray(at, at + 32_768))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    blocks.push(length, block)
  }
  return Buffer.concat(blocks)
}

const forms: [string, Codec, (bytes: Buffer) => Buffer][] = [
  ['none', 'none', (bytes) => bytes],
  ['gzip', 'gzip', (bytes) => gzipSync(bytes)],
  ['zstd', 'zstd', (bytes) => zstdCompressSync(bytes)],
  ['snappy in one block', 'snappy', (bytes) => snappy.compressSync(bytes)],
  ["snappy in xerial's frames", 'snappy', xerial],
  ['lz4', 'lz4', (bytes) => lz4.compressFrameSync(bytes)],
  [
    'lz4 with checksums',
    'lz4',
    (bytes) => lz4.compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true }),
  ],
]

describe.each(forms)('%s', (_, codec, pack) => {
  test.each([0, 1, 1_000, 1_100_000, 9_000_000])('gives back %d bytes', async (length) => {
    const bytes = mixed(length)
    expect((await unpacked(codec, pack(bytes))).bytes.equals(bytes)).toBe(true)
  })

  test('fails when the end is missing, or the bytes are others', async () => {
    if (codec === 'none') return
    const packed = pack(mixed(100_000))
    await expect(unpacked(codec, packed.subarray(0, -20_000))).rejects.toThrow()
    await expect(unpacked(codec, randomBytes(1_000))).rejects.toThrow()
  })
})

describe('what is small when it is packed', () => {
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['lz4', (bytes: Buffer) => lz4.compressFrameSync(bytes)],
  ] as const)('comes in chunks: %s', async (codec, pack) => {
    const { bytes, chunks, longest } = await unpacked(codec, pack(Buffer.alloc(40_000_000, 'x')))
    expect(bytes.length).toBe(40_000_000)
    expect(chunks).toBeGreaterThan(9)
    expect(longest).toBeLessThanOrEqual(4 * 1024 * 1024)
  })

  test('is refused when it states a length that it can not have', async () => {
    const lie = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), snappy.compressSync('x').subarray(1)])
    await expect(unpacked('snappy', lie)).rejects.toThrow(/can't unpack to 4294967295/)
  })
})
