/** Where OpenLineage events go: an HTTP endpoint such as Marquez's, or a file with an event a line. */
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { failureReason } from '../../../platform/http/failure.ts'
import type { Settings } from '../../../platform/settings/settings.ts'

const REQUEST_MS_MAX = 15_000
const ANSWER_CHARACTERS_MAX = 500
/** Statuses that ask for another try, beside every 3xx and 5xx: not signed in, time-out, too early, too many. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429])

export interface LineageReceiver {
  /** Its address without what may be secret. */
  name: string
  /**
   * @returns why it refuses the events for good, or undefined when it has them
   * @throws when it can't be reached, or may accept them later
   */
  send(events: readonly object[]): Promise<string | undefined>
}

/** @returns undefined when the settings name none */
export function createReceiver({
  lineageUrl,
  lineageToken,
}: Pick<Settings, 'lineageUrl' | 'lineageToken'>): LineageReceiver | undefined {
  if (lineageUrl === '') return undefined
  const url = new URL(lineageUrl)
  return url.protocol === 'file:' ? fileReceiver(fileURLToPath(url)) : httpReceiver(url, lineageToken)
}

/** Appends, and waits until the file is on disk. */
function fileReceiver(path: string): LineageReceiver {
  return {
    name: path,
    async send(events) {
      const file = await open(path, 'a')
      try {
        await file.appendFile(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
        await file.datasync()
      } finally {
        await file.close()
      }
      return undefined
    },
  }
}

/** An event a request, in their order, as OpenLineage's own clients send them. */
function httpReceiver(url: URL, token: string): LineageReceiver {
  const name = `${url.origin}${url.pathname}`
  const headers = { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) }
  return {
    name,
    async send(events) {
      for (const event of events) {
        const { ok, status, text } = await post(name, { url, headers, body: JSON.stringify(event) })
        if (ok) continue
        const problem = `${name} answers ${status}${text === '' ? '' : `: ${text.slice(0, ANSWER_CHARACTERS_MAX)}`}`
        if (status < 400 || status >= 500 || PASSING_STATUSES.has(status)) throw new Error(problem)
        return problem
      }
      return undefined
    },
  }
}

async function post(name: string, { url, headers, body }: { url: URL; headers: Record<string, string>; body: string }) {
  try {
    const signal = AbortSignal.timeout(REQUEST_MS_MAX)
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
    return { ok: answer.ok, status: answer.status, text: (await answer.text()).trim() }
  } catch (error) {
    throw new Error(`${name} does not answer (${failureReason(error)})`)
  }
}
