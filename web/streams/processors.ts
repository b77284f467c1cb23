import { Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { readStreamHistory, type StreamHistory } from '../../services/streams/history.ts'
import { pauseProcessors, processorNames, readStreams, type Streams } from '../../services/streams/streams.ts'
import { type Asked, action, question, type View } from '../definition.ts'
import type { LiveStream } from '../live.ts'
import { form, message, type State, section, state, stats } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, csvAddress, fileLinks, table } from '../page/table.ts'
import { choice, count, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { historyCharts } from './history-charts.ts'

const words = texts.streams

type Processor = Streams['processors'][number]
type Partition = Streams['partitions'][number]

const states: Record<Processor['state'], State> = { running: 'ok', paused: 'watch', stopped: 'act', 'no worker': 'act' }

const read = async ({ pool, servers }: Asked): Promise<Streams> =>
  readStreams({ pool, topicLogs: await servers.topicLogs() })

/** With the last hour, where there is a Prometheus. */
async function readWithHistory(asked: Asked): Promise<Streams & { history: StreamHistory | null }> {
  const [streams, history] = await Promise.all([read(asked), readStreamHistory(asked.settings.prometheusUrl)])
  return { ...streams, history }
}

const lines = Type.Array(
  Type.Object({ processor: text, points: Type.Array(Type.Tuple([Type.Number(), Type.Number()])) }),
)

export const streamList = question({
  path: '/streams',
  permission: 'streams.see',
  summary: 'The state of each processor, and its position in each partition',
  query: Type.Object({}),
  answer: Type.Object({
    processors: Type.Array(
      Type.Object({ processor: text, state: choice(['stopped', 'no worker', 'paused', 'running']), workers: count }),
    ),
    partitions: Type.Array(
      Type.Object({
        processor: text,
        topic: text,
        partition: count,
        position: count,
        logEnd: nullable(count),
        lag: nullable(count),
        consumed: count,
        applied: count,
        duplicate: count,
        late: count,
        dead: count,
        lost: count,
        isPaused: flag,
        problem: nullable(text),
        updatedAt: instant,
      }),
    ),
    missingTopics: Type.Array(Type.Object({ topic: text, processors: Type.Array(text) })),
    problems: Type.Array(Type.Object({ host: text, pid: count, problem: text })),
    history: nullable(Type.Object({ rate: lines, lag: lines, latency: lines })),
  }),
  read: readWithHistory,
  rows: ({ partitions }) => partitions,
  page(view, streams) {
    const { url, visitor } = view
    const { locale } = visitor
    const { processors, partitions } = streams
    const stuck = partitions.filter(({ problem }) => problem !== null)
    return {
      title: words.title,
      note: words.note,
      live: '/streams/live',
      body: html`${stuck.slice(0, 5).map(({ processor, topic, partition, problem }) => message('act', words.stuck(processor, `${topic}/${partition}`, problem!)))}
${stats([
  {
    label: words.waiting,
    value: html`<span data-key="lag">${formatNumber(locale, lagOf(partitions))}</span>`,
    compared: words.waitingMeans,
  },
  { label: words.rate, value: html`<span data-key="rate">…</span>` },
  {
    label: words.running,
    value: words.of(processors.filter((one) => one.state === 'running').length, processors.length),
  },
  { label: words.dead, value: html`<span data-key="dead">${formatNumber(locale, sum(partitions, 'dead'))}</span>` },
])}
${streams.history !== null && section(words.history.title, historyCharts(view, streams.history))}
${section(words.processors, processorTable(view, streams))}
${section(words.partitions, partitionTable(view, partitions))}`,
      actions: fileLinks(csvAddress(url)),
    }
  },
})

const sum = (partitions: readonly Partition[], what: 'consumed' | 'applied' | 'duplicate' | 'late' | 'dead'): number =>
  partitions.reduce((total, partition) => total + partition[what], 0)
const lagOf = (partitions: readonly Partition[]): number => partitions.reduce((total, { lag }) => total + (lag ?? 0), 0)

function processorTable({ url, visitor }: View, { processors, partitions }: Streams): Html {
  const { locale, role } = visitor
  const of = ({ processor }: Processor) => partitions.filter((partition) => partition.processor === processor)
  const counted = (name: 'applied' | 'duplicate' | 'late' | 'dead'): Column<Processor> => ({
    name,
    heading: words.outcomes[name],
    isNumber: true,
    isNamed: true,
    phone: name === 'applied' ? 'rest' : 'none',
    sortedBy: (one) => sum(of(one), name),
    cell: (one) => html`<span data-key="${one.processor}.${name}">${formatNumber(locale, sum(of(one), name))}</span>`,
  })
  const columns: Column<Processor>[] = [
    {
      name: 'processor',
      heading: words.processor,
      phone: 'lead',
      sortedBy: ({ processor }) => processor,
      cell: ({ processor }) => html`<b>${processor}</b>`,
    },
    {
      name: 'state',
      heading: words.state,
      phone: 'aside',
      sortedBy: (one) => one.state,
      cell: (one) => state(states[one.state], words.states[one.state]),
    },
    {
      name: 'workers',
      heading: words.workers,
      isNumber: true,
      isNamed: true,
      cell: ({ workers }) => formatNumber(locale, workers),
    },
    {
      name: 'lag',
      heading: words.waiting,
      isNumber: true,
      isNamed: true,
      sortedBy: (one) => lagOf(of(one)),
      cell: (one) => html`<span data-key="${one.processor}.lag">${formatNumber(locale, lagOf(of(one)))}</span>`,
    },
    {
      name: 'rate',
      heading: words.rate,
      isNumber: true,
      phone: 'none',
      cell: ({ processor }) => html`<span data-key="${processor}.rate"></span>`,
    },
    ...(['applied', 'duplicate', 'late', 'dead'] as const).map(counted),
    {
      name: 'act',
      heading: '',
      cell: (one) => {
        if (!isAllowed(role, 'streams.decide')) return ''
        const verb = isPaused(of(one), one) ? 'resume' : 'pause'
        const button = html`<button class="small" aria-label="${words[verb]} ${one.processor}">${words[verb]}</button>`
        return form(`/streams/${verb}`, { processors: one.processor }, button, url)
      },
    },
  ]
  return table({
    caption: words.processors,
    columns,
    rows: processors,
    url,
    locale,
    keyOf: ({ processor }) => processor,
  })
}

const isPaused = (own: readonly Partition[], { state }: Processor): boolean =>
  state === 'paused' || own.some((partition) => partition.isPaused)

function partitionTable({ url, visitor: { locale } }: View, partitions: readonly Partition[]): Html {
  const number = (name: 'position' | 'consumed' | 'lag', heading: string): Column<Partition> => ({
    name,
    heading,
    isNumber: true,
    isNamed: true,
    phone: name === 'lag' ? 'aside' : 'rest',
    sortedBy: (partition) => partition[name] ?? -1,
    cell: (partition) =>
      html`<span data-key="${keyOf(partition)}.${name}">${partition[name] === null ? words.noLog : formatNumber(locale, partition[name])}</span>`,
  })
  const columns: Column<Partition>[] = [
    {
      name: 'partition',
      heading: words.partition,
      phone: 'lead',
      sortedBy: keyOf,
      cell: ({ processor, topic, partition }) => html`${processor} <span class="quiet">${topic}/${partition}</span>`,
    },
    number('lag', words.waiting),
    number('position', words.position),
    number('consumed', words.consumed),
    {
      name: 'updated',
      heading: words.updated,
      isNamed: true,
      sortedBy: ({ updatedAt }) => updatedAt.getTime(),
      cell: ({ updatedAt }) =>
        html`<time class="nowrap" datetime="${updatedAt.toISOString()}">${updatedAt.toISOString().slice(0, 19).replace('T', ' ')} UTC</time>`,
    },
  ]
  return table({ caption: words.partitions, columns, rows: partitions, url, locale })
}

const keyOf = ({ processor, topic, partition }: Partition): string => `${processor}/${topic}/${partition}`

/** Rates are between two readings. */
export function streamValues(): LiveStream {
  let before: { at: number; consumed: Map<string, number> } | undefined
  return {
    path: '/streams/live',
    permission: 'streams.see',
    async read(asked) {
      const { processors, partitions } = await read(asked)
      const { locale } = asked.visitor
      const said = (value: number) => formatNumber(locale, value)
      const consumed = new Map(
        processors.map(({ processor }) => [
          processor,
          sum(
            partitions.filter((one) => one.processor === processor),
            'consumed',
          ),
        ]),
      )
      const now = performance.now()
      const rateOf = (processor: string): number | undefined => {
        const last = before?.consumed.get(processor)
        return last === undefined ? undefined : (1_000 * (consumed.get(processor)! - last)) / (now - before!.at)
      }
      const rates = processors.map(({ processor }) => [processor, rateOf(processor)] as const)
      const known = rates.filter((rate): rate is readonly [string, number] => rate[1] !== undefined)
      const values: Record<string, string> = {
        lag: said(lagOf(partitions)),
        dead: said(sum(partitions, 'dead')),
        ...(known.length > 0 && { rate: words.perSecond(said(known.reduce((total, [, rate]) => total + rate, 0))) }),
        ...Object.fromEntries(known.map(([processor, rate]) => [`${processor}.rate`, words.perSecond(said(rate))])),
      }
      for (const { processor } of processors) {
        const own = partitions.filter((one) => one.processor === processor)
        values[`${processor}.lag`] = said(lagOf(own))
        for (const outcome of ['applied', 'duplicate', 'late', 'dead'] as const)
          values[`${processor}.${outcome}`] = said(sum(own, outcome))
      }
      for (const partition of partitions) {
        for (const name of ['position', 'consumed', 'lag'] as const) {
          const value = partition[name]
          values[`${keyOf(partition)}.${name}`] = value === null ? words.noLog : said(value)
        }
      }
      before = { at: now, consumed }
      return values
    },
  }
}

const switchOf = (isToPause: boolean) =>
  action({
    path: isToPause ? '/streams/pause' : '/streams/resume',
    permission: 'streams.decide',
    summary: isToPause ? 'Pause processors in every worker' : 'Resume processors in every worker',
    input: Type.Object({ processors: Type.Array(Type.Enum([...processorNames]), { minItems: 1, maxItems: 100 }) }),
    answer: Type.Object({ changed: Type.Array(text), paused: Type.Array(text) }),
    run: ({ pool }, { processors }) => pauseProcessors(pool, { processors, isPaused: isToPause }),
    done: ({ changed }, { processors }) => ({
      text: words.switched(processors, changed.length > 0, isToPause),
      ...(changed.length === 1 && {
        undo: { path: isToPause ? '/streams/resume' : '/streams/pause', fields: { processors: changed[0]! } },
      }),
    }),
  })

export const streamActions = [switchOf(true), switchOf(false)]
