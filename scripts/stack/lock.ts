import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const RETRY_MS = 50
const SQLITE_BUSY = 5

/**
 * Runs `body` while no other process, and no other caller in this one, is inside a `withLock` of the same file.
 *
 * The lock is SQLite's exclusive lock on an empty database: the kernel drops it when its owner ends, however it ends,
 * so there is no stale lock to recognise and no moment in which two could take over from a dead one.
 *
 * @param onWait called once, when another process holds the lock
 */
export async function withLock<Result>(
  file: string,
  body: () => Promise<Result>,
  { onWait = () => {}, signal }: { onWait?: () => void; signal?: AbortSignal | undefined } = {},
): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true })
  const lock = new DatabaseSync(file)
  try {
    lock.exec('pragma busy_timeout = 0')
    for (let attempt = 0; !tryLock(lock); attempt++) {
      if (attempt === 0) onWait()
      await pause(RETRY_MS, undefined, signal && { signal })
    }
    return await body()
  } finally {
    lock.close()
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('begin exclusive')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false
    throw error
  }
}
