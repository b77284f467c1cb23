/** Reads a file of a feed into Kafka: all of its valid rows, or, when too many are rejected, none. */
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from '../../platform/log.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { SourceError } from '../errors.ts'
import { type ImportResult, importFile } from '../import.ts'
import type { EventMap } from '../map.ts'
import type { EventSink } from '../produce.ts'
import type { FileFeed } from './feed.ts'
import type { TakenFile } from './ledger.ts'
import { ChangedFile, isForbidden, type NamedFile, type Place } from './place.ts'

/** A report shows as many of the rejected rows. */
const REPORT_ROWS_MAX = 100

/** This file can't be read now, such as for lack of memory; others may be. Any other error is that of a server or a disk. */
export class UnreadableNow extends Error {
  override name = 'UnreadableNow'
}

class NotSent extends Error {}

export interface ReadingOptions {
  feed: FileFeed
  map: EventMap
  place: Place
  sink: EventSink
  settings: Settings
  logger: Logger
  /** Folder for what is kept while a file is read. */
  spool: string
}

export interface ReadFile extends Omit<TakenFile, 'milliseconds'> {
  /** JSON for people. */
  report: string
}

/**
 * @returns what became of it; undefined when `signal` has ended it
 * @throws ChangedFile; UnreadableNow; the error of a server that is away, or of a disk that is full
 */
export async function readFeedFile(
  options: ReadingOptions,
  file: NamedFile,
  signal: AbortSignal,
): Promise<ReadFile | undefined> {
  const { feed, place, spool } = options
  if (signal.aborted) return undefined
  if (file.bytes > feed.bytesMax) {
    return setAside(file, `has ${file.bytes} bytes, and the feed takes files of ${feed.bytesMax} at most`)
  }
  await mkdir(spool, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(spool, 'rows-'))
  const rejects = join(folder, 'rejected.jsonl')
  try {
    return await place.withFile(file, async (path, requireSame) => {
      const read = await readInto(options, file, { path, requireSame, rejects, signal })
      if (read?.error === null && read.rejected > 0) await reportBeside(options, file, read.report, rejects)
      return read
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Copy {
  path: string
  requireSame: () => Promise<void>
  rejects: string
  signal: AbortSignal
}

async function readInto(
  { feed, map, sink, settings, logger }: ReadingOptions,
  file: NamedFile,
  { path, requireSame, rejects, signal }: Copy,
): Promise<ReadFile | undefined> {
  const given = { file: path, map, rejects, maxRejects: feed.rejectsMax, settings, logger, signal }
  try {
    const result = await importFile({ ...given, sink: sinkOf(sink), onRead: requireSame })
    return result.completed ? await readOf(file, result, rejects) : undefined
  } catch (error) {
    if (signal.aborted) return undefined
    if (error instanceof SourceError) return setAside(file, error.message.replaceAll(path, file.name))
    if (error instanceof ChangedFile || error instanceof NotSent || isDiskFull(error)) throw error
    throw new UnreadableNow((error as Error).message.replaceAll(path, file.name), { cause: error })
  }
}

/** A folder that can only be read gets no reports: what is rejected is counted in the ledger. */
async function reportBeside(
  { feed, place, logger }: ReadingOptions,
  file: NamedFile,
  report: string,
  rejectedRows: string,
): Promise<void> {
  try {
    await place.report(file, report, rejectedRows)
  } catch (error) {
    if (!isForbidden(error)) throw error
    logger.warn({ feed: feed.feedId, file: file.name, error: (error as Error).message }, 'no report could be written')
  }
}

const isDiskFull = (error: unknown): boolean =>
  (error as { code?: string }).code === 'ENOSPC' || /No space left on device/i.test((error as Error).message)

/** What Kafka does not take is no fault of the file. */
const sinkOf = (sink: EventSink): EventSink => ({
  async send(events) {
    try {
      await sink.send(events)
    } catch (error) {
      throw new NotSent(`Kafka has not taken the events (${(error as Error).message})`, { cause: error })
    }
  },
  close: async () => undefined,
})

/** None of its rows are sent. */
export function setAside({ name }: NamedFile, error: string): ReadFile {
  const nothing = { outcome: 'set_aside' as const, rows: 0, sent: 0, rejected: 0, error }
  return { ...nothing, report: reportOf(name, { outcome: 'set aside', error }) }
}

async function readOf({ name }: NamedFile, result: ImportResult, path: string): Promise<ReadFile> {
  const { rows, rejected, isRefused, maxRejects, rejectedByProblem } = result
  const sent = Object.values(result.sent).reduce((sum, count) => sum + count, 0)
  const error = isRefused ? `${rejected} of ${rows} rows are rejected, and the feed allows ${maxRejects}` : null
  const outcome = isRefused ? ('set_aside' as const) : ('sent' as const)
  const rejectedRows = rejected === 0 ? [] : await firstLines(path, REPORT_ROWS_MAX)
  const counts = { rows, sent, rejected }
  const shown = { outcome: outcome.replace('_', ' '), error, ...counts, rejectedByProblem, rejectedRows }
  return { outcome, ...counts, error, report: reportOf(name, shown) }
}

async function firstLines(path: string, count: number): Promise<unknown[]> {
  const lines: unknown[] = []
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') lines.push(JSON.parse(line))
    if (lines.length === count) break
  }
  return lines
}

const reportOf = (file: string, content: object): string => `${JSON.stringify({ file, ...content }, null, 2)}\n`
