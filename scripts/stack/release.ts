import { createHash } from 'node:crypto'
import { chmodSync, createWriteStream, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { failureReason } from '../../platform/http/failure.ts'
import { withCached } from './cache.ts'
import { runCommand } from './command.ts'
import { StackError } from './errors.ts'
import type { Report } from './progress.ts'

/** The official download of a program: the program itself, or a `.tar.gz` that holds it. */
export interface Release {
  url: string
  /** Of the file at `url`, in hexadecimal digits. */
  sha256: string
}

/** Where a release can be downloaded, for machines that have a mirror. */
export const releaseSettings = {
  temporalUrl: {
    environment: 'SHELFLINE_TEMPORAL_RELEASE_URL',
    description: "URL of Temporal's official release: the program, or a `.tar.gz` that holds it. Default: GitHub's.",
  },
  temporalSha256: {
    environment: 'SHELFLINE_TEMPORAL_RELEASE_SHA256',
    description: 'SHA-256 of the file at that URL. Default: that of the pinned version for this platform.',
  },
  minioUrl: {
    environment: 'SHELFLINE_MINIO_RELEASE_URL',
    description: 'URL of a MinIO release: the program, or a `.tar.gz` that holds it. Without it MinIO is built.',
  },
  minioSha256: {
    environment: 'SHELFLINE_MINIO_RELEASE_SHA256',
    description: 'SHA-256 of the file at that URL; required with it.',
  },
} as const

/** How long a download may take, in milliseconds; a test has shorter ones. */
export interface DownloadLimits {
  /** Until the server answers, and between two pieces of the file. */
  silenceMs: number
  allMs: number
}

/** A build takes minutes: a download that takes one is stopped. */
const LIMITS: DownloadLimits = { silenceMs: 5_000, allMs: 60_000 }
const BYTES_MAX = 500_000_000

export interface Program {
  name: string
  version: string
  /** Undefined where no checksum is known. */
  release: Release | undefined
  /** Writes the program to `file` when its release can't be downloaded. */
  build(file: string, report: Report, signal?: AbortSignal): Promise<void>
}

/**
 * Makes sure that the program is in the cache folder: by its official release, else by a build.
 *
 * @returns the cached folder
 */
export function prepareProgram(
  { name, version, release, build }: Program,
  report: Report,
  signal?: AbortSignal,
  limits = LIMITS,
): Promise<string> {
  return withCached(
    name,
    version,
    async (folder) => {
      const file = `${folder}/${name}`
      if (release !== undefined) {
        const problem = await downloadProgram(release, file, name, report, signal, limits)
        if (problem === undefined) return
        report.notice?.(`${problem}; it is built from source`)
      }
      await build(file, report, signal)
    },
    () => report('another process is preparing it'),
  )
}

/**
 * The release that the environment names, in place of `known`.
 *
 * @throws StackError when it gives a URL without the checksum that belongs to it
 */
export function chosenRelease(
  url: { environment: string },
  sha256: { environment: string },
  known?: Release,
  environment: NodeJS.ProcessEnv = process.env,
): Release | undefined {
  const chosen = {
    url: environment[url.environment] || known?.url,
    sha256: environment[sha256.environment] || known?.sha256,
  }
  if (chosen.url === undefined) return undefined
  if (!URL.canParse(chosen.url)) throw new StackError(`settings: ${url.environment}: "${chosen.url}" is not a URL`)
  if (chosen.sha256 === undefined || !/^[0-9a-f]{64}$/i.test(chosen.sha256)) {
    throw new StackError(
      `settings: ${sha256.environment}: "${chosen.sha256 ?? ''}" is not the SHA-256 of ${chosen.url} (64 hexadecimal digits)`,
    )
  }
  return { url: chosen.url, sha256: chosen.sha256.toLowerCase() }
}

/** @returns why the program could not be had, undefined when it is in `file` */
async function downloadProgram(
  release: Release,
  file: string,
  name: string,
  report: Report,
  signal: AbortSignal | undefined,
  limits: DownloadLimits,
): Promise<string | undefined> {
  const download = `${file}.download`
  try {
    await downloadChecked(release, download, report, signal, limits)
    if (new URL(release.url).pathname.endsWith('.tar.gz')) {
      await runCommand('tar', ['-xzf', download, '-C', dirname(file), name], { signal })
    } else renameSync(download, file)
    chmodSync(file, 0o755)
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    return `${release.url}: ${(error as Error).message}`
  } finally {
    rmSync(download, { force: true })
  }
}

/** @throws StackError when the file is not what was pinned, or does not come in time */
async function downloadChecked(
  { url, sha256 }: Release,
  file: string,
  report: Report,
  signal: AbortSignal | undefined,
  { silenceMs, allMs }: DownloadLimits,
): Promise<void> {
  const tooLate = new AbortController()
  const giveUp = (why: string) => () => tooLate.abort(new StackError(why))
  const silence = setTimeout(giveUp(`it sent nothing for ${silenceMs / 1000} s`), silenceMs)
  const all = setTimeout(giveUp(`it did not arrive within ${allMs / 1000} s`), allMs)
  const hash = createHash('sha256')
  let bytes = 0
  report('downloading the release')
  try {
    const signals = AbortSignal.any([tooLate.signal, ...(signal === undefined ? [] : [signal])])
    const response = await fetch(url, { signal: signals })
    if (!response.ok || response.body === null) throw new StackError(`the server answers ${response.status}`)
    const total = Number(response.headers.get('content-length') ?? 0)
    const watched = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        silence.refresh()
        bytes += chunk.length
        if (bytes > BYTES_MAX) throw new StackError(`it is larger than ${BYTES_MAX} bytes`)
        hash.update(chunk)
        if (total > 0) report('downloading the release', megabytes(bytes), megabytes(total))
        yield chunk
      }
    }
    await pipeline(response.body, watched, createWriteStream(file), { signal: signals })
  } catch (error) {
    if (tooLate.signal.aborted) throw tooLate.signal.reason
    if (error instanceof StackError) throw error
    throw new StackError(`${failureReason(error)} after ${bytes} bytes`)
  } finally {
    clearTimeout(silence)
    clearTimeout(all)
  }
  const found = hash.digest('hex')
  if (found !== sha256) throw new StackError(`its SHA-256 is ${found}, not ${sha256}`)
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
