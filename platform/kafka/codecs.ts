import * as zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'

/** How a batch of records is packed, as in its attributes. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

/** What is unpacked at once; more comes in chunks, so that a small batch can't take all of the memory. */
const WHOLE_BYTES_MAX = 1024 * 1024
const CHUNK_BYTES = 256 * 1024
/** A batch that is larger than this when it is packed will hardly stay within `WHOLE_BYTES_MAX`. */
const PACKED_WHOLE_BYTES_MAX = 256 * 1024

/**
 * Unpacks what a producer has packed, chunk by chunk; no chunk is longer than 4 MiB.
 *
 * @throws when the bytes are not of this codec, or end too early
 */
export function unpack(codec: Codec, packed: Buffer): AsyncIterable<Buffer> | Iterable<Buffer> {
  switch (codec) {
    case 'none':
      return [packed]
    case 'gzip':
      return whole(packed, zlib.gunzipSync) ?? streamed(packed, zlib.createGunzip({ chunkSize: CHUNK_BYTES }))
    case 'zstd':
      return (
        whole(packed, zlib.zstdDecompressSync) ??
        streamed(packed, zlib.createZstdDecompress({ chunkSize: CHUNK_BYTES }))
      )
    case 'snappy':
      return unpackSnappy(packed)
    case 'lz4':
      return unpackLz4(packed)
  }
}

type Unpack = (packed: Buffer, options: { maxOutputLength: number }) => Buffer

/** Nothing when it is more than should be in memory at once. */
function whole(packed: Buffer, unpackSync: Unpack): Buffer[] | undefined {
  if (packed.length > PACKED_WHOLE_BYTES_MAX) return undefined
  try {
    return [unpackSync(packed, { maxOutputLength: WHOLE_BYTES_MAX })]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

async function* streamed(packed: Buffer, stream: zlib.Gunzip | zlib.ZstdDecompress): AsyncGenerator<Buffer> {
  stream.end(packed)
  yield* stream
}

/** Java's clients write snappy in the frames of xerial's library, others as one block. */
const XERIAL_MAGIC = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0])
const XERIAL_HEADER_BYTES = 16
/** A copy of 64 bytes takes three. */
const SNAPPY_RATIO_MAX = 22
const SNAPPY_SLACK_BYTES = 64

function* unpackSnappy(packed: Buffer): Generator<Buffer> {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return yield unpackSnappyBlock(packed)
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    const length = packed.readUInt32BE(at)
    yield unpackSnappyBlock(part(packed, at + 4, length))
    at += 4 + length
  }
}

/** The block states its length at its start; the library would accept any number. */
function unpackSnappyBlock(block: Buffer): Buffer {
  let length = 0
  for (let at = 0, factor = 1; ; at += 1, factor *= 128) {
    const byte = block[at]
    if (byte === undefined || at === 5) throw new Error('snappy: the length is missing')
    length += (byte & 127) * factor
    if (byte < 128) break
  }
  if (length > block.length * SNAPPY_RATIO_MAX + SNAPPY_SLACK_BYTES) {
    throw new Error(`snappy: ${block.length} bytes can't unpack to ${length}`)
  }
  return snappy.uncompressSync(block, { asBuffer: true }) as Buffer
}

const LZ4_MAGIC = 0x184d2204
const LZ4_BLOCK_BYTES_MAX: Readonly<Record<number, number>> = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 }
const LZ4_UNCOMPRESSED = 0x80000000
/** A byte of length may represent 255. */
const LZ4_RATIO_MAX = 255
const LZ4_SLACK_BYTES = 64
const FLAG = { independent: 0x20, blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 }

/**
 * The blocks of LZ4's frame format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), one by one: the library
 * unpacks a frame at once, however large. Checksums are not looked at: Kafka's batch has its own.
 */
function* unpackLz4(packed: Buffer): Generator<Buffer> {
  for (let at = 0; at < packed.length; ) {
    if (packed.readUInt32LE(at) !== LZ4_MAGIC) throw new Error('lz4: not a frame')
    const flags = packed[at + 4]!
    const blockBytesMax = LZ4_BLOCK_BYTES_MAX[(packed[at + 5]! >> 4) & 7]
    if (flags >> 6 !== 1 || blockBytesMax === undefined) throw new Error('lz4: the header of the frame is unknown')
    // Kafka itself refuses them.
    if (!(flags & FLAG.independent)) throw new Error('lz4: the blocks depend on each other')
    at += 7 + (flags & FLAG.contentSize ? 8 : 0) + (flags & FLAG.dictionary ? 4 : 0)
    for (;;) {
      const size = packed.readUInt32LE(at)
      at += 4
      if (size === 0) break
      const length = size & ~LZ4_UNCOMPRESSED
      const block = part(packed, at, length)
      const isPlain = (size & LZ4_UNCOMPRESSED) !== 0
      yield isPlain ? block : unpackLz4Block(block, blockBytesMax)
      at += length + (flags & FLAG.blockChecksum ? 4 : 0)
    }
    at += flags & FLAG.contentChecksum ? 4 : 0
  }
}

/** The library must be given the number of bytes to allocate. */
function unpackLz4Block(block: Buffer, bytesMax: number): Buffer {
  const sized = Buffer.allocUnsafe(block.length + 4)
  sized.writeUInt32LE(Math.min(bytesMax, block.length * LZ4_RATIO_MAX + LZ4_SLACK_BYTES))
  block.copy(sized, 4)
  return lz4.uncompressSync(sized)
}

function part(packed: Buffer, from: number, length: number): Buffer {
  if (from + length > packed.length) throw new Error('the packed bytes end too early')
  return packed.subarray(from, from + length)
}

interface KafkaEncoder {
  buffer: Buffer
}

async function unpackWhole(codec: Codec, packed: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of unpack(codec, packed)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** kafkajs packs and unpacks gzip only; with this it can do what other clients do. */
export function registerCodecs(): void {
  const pack: Record<Exclude<Codec, 'none' | 'gzip'>, (buffer: Buffer) => Buffer> = {
    snappy: (buffer) => snappy.compressSync(buffer),
    lz4: (buffer) => lz4.compressFrameSync(buffer),
    zstd: (buffer) => zlib.zstdCompressSync(buffer),
  }
  const { CompressionCodecs, CompressionTypes } = kafkajs
  for (const [codec, type] of [
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ] as const) {
    CompressionCodecs[type] = () => ({
      compress: async ({ buffer }: KafkaEncoder) => pack[codec](buffer),
      decompress: (buffer: Buffer) => unpackWhole(codec, buffer),
    })
  }
}
