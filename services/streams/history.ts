/** The last hour of the streams, as Prometheus has recorded it. */

/** An instant in milliseconds since 1970, and the value at it. */
export type Point = [atMs: number, value: number]

export interface ProcessorLine {
  processor: string
  points: Point[]
}

export interface StreamHistory {
  /** Messages a second, of all outcomes. */
  rate: ProcessorLine[]
  /** Messages behind. */
  lag: ProcessorLine[]
  /** Seconds from Kafka to the effect, of 99 % of the messages. */
  latency: ProcessorLine[]
}

const expressions: Readonly<Record<keyof StreamHistory, string>> = {
  rate: 'sum by (processor) (shelfline:stream_messages:rate5m)',
  lag: 'sum by (processor) (shelfline:position_lag_messages)',
  latency: 'max by (processor) (shelfline:stream_latency_seconds:p99)',
}

const SPAN_S = 3_600
const STEP_S = 60
/** A page does not wait longer for what is only beside it. */
const ANSWER_MS_MAX = 1_500

/**
 * @param prometheusUrl empty: there is none
 * @returns null when there is none, or it does not answer in time: then there is no history
 */
export async function readStreamHistory(prometheusUrl: string): Promise<StreamHistory | null> {
  if (prometheusUrl === '') return null
  const end = Math.floor(Date.now() / 1000 / STEP_S) * STEP_S
  const read = async (name: keyof StreamHistory) => [name, await query(prometheusUrl, expressions[name], end)] as const
  try {
    return Object.fromEntries(
      await Promise.all([read('rate'), read('lag'), read('latency')]),
    ) as unknown as StreamHistory
  } catch {
    // The page is for what happens now, which it knows without Prometheus.
    return null
  }
}

interface Answer {
  data: { result: { metric: { processor?: string }; values: [seconds: number, value: string][] }[] }
}

async function query(prometheusUrl: string, expression: string, end: number): Promise<ProcessorLine[]> {
  const url = new URL('api/v1/query_range', prometheusUrl.endsWith('/') ? prometheusUrl : `${prometheusUrl}/`)
  url.search = String(
    new URLSearchParams({ query: expression, start: String(end - SPAN_S), end: String(end), step: String(STEP_S) }),
  )
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
  if (!answer.ok) throw new Error(`${url.origin} answers ${answer.status}`)
  const { data } = (await answer.json()) as Answer
  return data.result
    .map(({ metric, values }) => ({
      processor: metric.processor ?? '',
      points: values
        .map(([seconds, value]): Point => [seconds * 1000, Number(value)])
        // Without a message there is no latency.
        .filter(([, value]) => Number.isFinite(value)),
    }))
    .sort((one, other) => (one.processor < other.processor ? -1 : 1))
}
