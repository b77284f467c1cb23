import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { FileFormat } from '../map.ts'
import {
  ChangedFile,
  type FoundFile,
  isTaken,
  type NamedFile,
  type Place,
  REFUSED,
  REJECTED_ROWS,
  REPORT,
} from './place.ts'
import { endsAsWhole } from './whole-file.ts'

const LOOK_MS = 1_000
/** A folder of very many files is looked at less often: the pause is this many times what a look takes. */
const LOOK_SHARE = 10
/** A file that ends as its format does and has not changed for this long is whole. */
const SETTLED_MS = 2_000
/** One that ends elsewhere, such as in the middle of a line, may still be written: it has more time. */
const SETTLED_MS_WITHOUT_END = 60_000
const LISTED_MAX = 500

interface Seen {
  stamp: string
  bytes: number
  /** When it was first seen in this state. */
  sinceMs: number
}

/** The files of a folder, without those of its folders. One that is being written is waited for. */
export class Folder implements Place {
  readonly #folder: string
  readonly #format: FileFormat | undefined
  #seen = new Map<string, Seen>()
  #unfinished = 0
  #lookedMs = 0

  /** @param format of the map, where it gives one */
  constructor(folder: string, format: FileFormat | undefined) {
    this.#folder = folder
    this.#format = format
  }

  get unfinished(): number {
    return this.#unfinished
  }

  async *list(isDone: (name: string, stamp: string) => boolean, signal: AbortSignal): AsyncIterable<FoundFile[]> {
    const startedAt = performance.now()
    const seen = await this.#look()
    this.#lookedMs = performance.now() - startedAt
    this.#seen = seen
    this.#unfinished = 0
    let found: FoundFile[] = []
    for (const [name, { stamp, bytes, sinceMs }] of seen) {
      if (signal.aborted) return
      if (isDone(name, stamp)) continue
      if (!(await this.#isSettled(name, sinceMs))) {
        this.#unfinished += 1
        continue
      }
      found.push({ name, bytes, stamp, etag: () => hashOf(join(this.#folder, name)) })
      if (found.length < LISTED_MAX) continue
      yield found
      found = []
    }
    if (found.length > 0) yield found
  }

  async #look(): Promise<Map<string, Seen>> {
    const entries = await readdir(this.#folder, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile() && isTaken(entry.name)).map(({ name }) => name)
    const seen = new Map<string, Seen>()
    for (const name of names.sort()) {
      const state = await stateOf(join(this.#folder, name))
      if (state === undefined) continue
      const before = this.#seen.get(name)
      seen.set(name, before?.stamp === state.stamp ? before : { ...state, sinceMs: performance.now() })
    }
    return seen
  }

  async #isSettled(name: string, sinceMs: number): Promise<boolean> {
    const forMs = performance.now() - sinceMs
    if (forMs < SETTLED_MS) return false
    if (forMs >= SETTLED_MS_WITHOUT_END) return true
    try {
      return await endsAsWhole(join(this.#folder, name), this.#format)
    } catch (error) {
      // It is gone, or can't be read: then an attempt shows it.
      return (error as NodeJS.ErrnoException).code !== 'ENOENT'
    }
  }

  async withFile<Result>(
    { name, stamp }: NamedFile,
    work: (path: string, requireSame: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const path = join(this.#folder, name)
    const requireSame = async () => {
      if ((await stateOf(path))?.stamp !== stamp) throw new ChangedFile(`${path} was changed while it was read`)
    }
    await requireSame()
    return work(path, requireSame)
  }

  async setAside({ name, stamp }: NamedFile, report: string): Promise<void> {
    const path = join(this.#folder, name)
    // It was moved already, or another file has its name.
    if ((await stateOf(path))?.stamp !== stamp) return
    const refused = join(this.#folder, REFUSED)
    await mkdir(refused, { recursive: true })
    await writeFile(join(refused, `${name}${REPORT}`), report)
    await rename(path, join(refused, name))
  }

  async report({ name }: NamedFile, report: string, rejectedRows: string): Promise<void> {
    await copyFile(rejectedRows, join(this.#folder, `${name}${REJECTED_ROWS}`))
    await writeFile(join(this.#folder, `${name}${REPORT}`), report)
  }

  async untilNews(signal: AbortSignal): Promise<void> {
    await pause(Math.max(LOOK_MS, LOOK_SHARE * this.#lookedMs), undefined, { signal }).catch(() => undefined)
  }

  async close(): Promise<void> {}
}

/** Undefined: it is gone. */
async function stateOf(path: string): Promise<{ stamp: string; bytes: number } | undefined> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true })
    return { stamp: `${size} ${mtimeNs} ${ino}`, bytes: Number(size) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path, { highWaterMark: 1_048_576 })) hash.update(part as Buffer)
  return hash.digest('hex')
}
