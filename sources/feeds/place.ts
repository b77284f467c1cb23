/** A place that files are taken from: a folder, the objects below a prefix of a bucket, or the pages of an API. */

/** A file that is whole, as far as can be seen. */
export interface FoundFile {
  /** Below the place. */
  name: string
  bytes: number
  /** While it is the same, so is the content: the ETag of an object; size, time of change and inode of a file in a folder. */
  stamp: string
  /** Names its content, as `ops.file_ledger` has it. A file in a folder is read for it. */
  etag(): Promise<string>
}

/** A file as the ledger names it. */
export type NamedFile = Omit<FoundFile, 'etag'> & { etag: string }

export interface Place {
  /**
   * Files that are there and whole, some hundred at a time. What was set aside, and reports, are not among them.
   *
   * @param isDone whether this content of a name needs no more looking at
   */
  list(isDone: (name: string, stamp: string) => boolean, signal: AbortSignal): AsyncIterable<FoundFile[]>
  /** Those of the last look that are still being written. */
  readonly unfinished: number
  /**
   * Runs `work` on a local copy of a file, or on the file.
   *
   * @param work gets a function that throws `ChangedFile` when the file is no longer the one that was found
   * @throws ChangedFile when it was changed or removed since it was found
   */
  withFile<Result>(
    file: NamedFile,
    work: (path: string, requireSame: () => Promise<void>) => Promise<Result>,
  ): Promise<Result>
  /** Moves a file to `refused/`, and puts a report beside it. Doing it twice does no harm. */
  setAside(file: NamedFile, report: string): Promise<void>
  /** Puts a report beside a file, and a copy of the rows that were left out. */
  report(file: NamedFile, report: string, rejectedRows: string): Promise<void>
  /** Resolves when there may be news, and at the latest after a while. @param withinMs when all files are to be looked at again */
  untilNews(signal: AbortSignal, withinMs?: number): Promise<void>
  close(): Promise<void>
}

/** The file is no longer the one that was found: it is looked at again. */
export class ChangedFile extends Error {
  override name = 'ChangedFile'
}

/** Whether a folder or bucket, or something in it, can not be read or written by this process. */
export const isForbidden = (error: unknown): boolean =>
  ['EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG', 'AccessDenied'].includes((error as { code?: string }).code ?? '')

export const REFUSED = 'refused'
export const REPORT = '.report.json'
export const REJECTED_ROWS = '.rejected.jsonl'

/** What is still being written is often called like this. */
const UNFINISHED = /\.(part|partial|tmp|temp|crdownload|filepart|writing)$/i

/** Whether a file is one to take: not hidden, nothing that was put there by Shelfline, and not unfinished by its name. @param name its last part */
export const isTaken = (name: string): boolean =>
  !/^[.~]/.test(name) && !name.endsWith(REPORT) && !name.endsWith(REJECTED_ROWS) && !UNFINISHED.test(name)

/** Splits `s3://bucket/prefix`, whose prefix is empty or ends with a slash; undefined: it is no such address. */
export function bucketOf(place: string): { bucket: string; prefix: string } | undefined {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(place) ?? []
  if (bucket === undefined) return undefined
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` }
}

/** Whether a place is the address of an API. */
export const isApi = (place: string): boolean => /^https?:\/\//i.test(place)
