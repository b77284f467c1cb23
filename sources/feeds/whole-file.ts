/** Whether a file ends as files of its format do: what ends elsewhere is probably still being written. */
import { open } from 'node:fs/promises'
import { formatOf } from '../file.ts'
import type { FileFormat } from '../map.ts'

/** A ZIP file ends with this record and a comment of at most 65,535 bytes. */
const ZIP_END = Buffer.from([0x50, 0x4b, 0x05, 0x06])
const ZIP_TAIL_BYTES = 22 + 65_535
const ARROW_STREAM_END = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])

const endings: Readonly<Record<FileFormat, (tail: Buffer) => boolean>> = {
  csv: (tail) => /[\n\r]\0?$/.test(tail.toString('latin1')),
  jsonl: (tail) => /[\n\r]$/.test(tail.toString('latin1')),
  parquet: (tail) => tail.subarray(-4).toString('latin1') === 'PAR1',
  arrow: (tail) => tail.subarray(-6).toString('latin1') === 'ARROW1' || tail.subarray(-8).equals(ARROW_STREAM_END),
  xlsx: (tail) => tail.includes(ZIP_END),
}

/** @param given the format of the map; left out: that of the extension. A file of no known format has no ending to wait for. */
export async function endsAsWhole(path: string, given: FileFormat | undefined): Promise<boolean> {
  const format = formatOf(path, given)
  if (format === undefined) return true
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const length = Math.min(size, format === 'xlsx' ? ZIP_TAIL_BYTES : 8)
    const tail = Buffer.alloc(length)
    await file.read(tail, 0, length, size - length)
    return endings[format](tail)
  } finally {
    await file.close()
  }
}
