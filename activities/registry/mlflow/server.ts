/** The REST API of an MLflow server. */
import { failureReason } from '../../../platform/http/failure.ts'
import type { Settings } from '../../../platform/settings/settings.ts'

const REQUEST_MS_MAX = 15_000
const ANSWER_CHARACTERS_MAX = 500
const ANSWER_BYTES_MAX = 4_194_304
/** Statuses that ask for another try, beside every 3xx and 5xx: not signed in, a wrong address, time-out, too early, too many. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429])

/** What the server refuses for good. */
export class MlflowRefusal extends Error {
  override name = 'MlflowRefusal'
}

/** Its own name of an error, such as `RESOURCE_ALREADY_EXISTS`. */
class MlflowError extends Error {
  readonly code: string
  readonly isFinal: boolean

  constructor(message: string, code: string, isFinal: boolean) {
    super(message)
    this.code = code
    this.isFinal = isFinal
  }
}

export interface MlflowServer {
  /**
   * @param path behind `/api/2.0/mlflow/`
   * @throws MlflowRefusal when the server will never accept it; Error when it may later
   */
  ask<Answer>(method: 'GET' | 'POST', path: string, content: object): Promise<Answer>
  /** Undefined: the server answers with this error. */
  askUnless<Answer>(
    error: 'RESOURCE_ALREADY_EXISTS' | 'RESOURCE_DOES_NOT_EXIST',
    method: 'GET' | 'POST',
    path: string,
    content: object,
  ): Promise<Answer | undefined>
}

/** @param requestMsMax how long an answer may take @returns undefined when the settings name none */
export function createMlflowServer(
  { mlflowUrl, mlflowToken }: Pick<Settings, 'mlflowUrl' | 'mlflowToken'>,
  requestMsMax = REQUEST_MS_MAX,
): MlflowServer | undefined {
  if (mlflowUrl === '') return undefined
  const base = mlflowUrl.replace(/\/+$/, '')
  const headers = { ...(mlflowToken !== '' && { authorization: `Bearer ${mlflowToken}` }) }

  async function request(method: 'GET' | 'POST', path: string, content: object): Promise<unknown> {
    const url = new URL(`${base}/api/2.0/mlflow/${path}`)
    const name = `${url.origin}${url.pathname}`
    if (method === 'GET') for (const [key, value] of Object.entries(content)) url.searchParams.set(key, String(value))
    const { ok, status, text } = await fetched(name, url, {
      signal: AbortSignal.timeout(requestMsMax),
      method,
      headers: { ...headers, ...(method === 'POST' && { 'content-type': 'application/json' }) },
      ...(method === 'POST' && { body: JSON.stringify(content) }),
    })
    const answer = parsed(text)
    if (ok && answer !== undefined) return answer
    const code = String(answer?.error_code ?? '')
    const why = String(answer?.message ?? text).slice(0, ANSWER_CHARACTERS_MAX)
    const problem = `${name} answers ${status}${ok ? ' and no JSON' : ''}${why === '' ? '' : `: ${why}`}`
    throw new MlflowError(problem, code, !ok && status >= 400 && status < 500 && !PASSING_STATUSES.has(status))
  }

  return {
    async ask<Answer>(method: 'GET' | 'POST', path: string, content: object) {
      try {
        return (await request(method, path, content)) as Answer
      } catch (error) {
        if (error instanceof MlflowError && error.isFinal) throw new MlflowRefusal(error.message)
        throw error
      }
    },
    async askUnless<Answer>(expected: string, method: 'GET' | 'POST', path: string, content: object) {
      try {
        return (await request(method, path, content)) as Answer
      } catch (error) {
        if (error instanceof MlflowError && error.code === expected) return undefined
        if (error instanceof MlflowError && error.isFinal) throw new MlflowRefusal(error.message)
        throw error
      }
    },
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

async function fetched(name: string, url: URL, init: RequestInit) {
  try {
    const answer = await fetch(url, { ...init, redirect: 'manual' })
    return { ok: answer.ok, status: answer.status, text: await bounded(answer) }
  } catch (error) {
    throw new Error(`${name} does not answer (${failureReason(error)})`)
  }
}

async function bounded(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true })
    if (text.length > ANSWER_BYTES_MAX) throw new Error(`its answer has more than ${ANSWER_BYTES_MAX} bytes`)
  }
  return text.trim()
}
