/** Where events come from: connectors, captured tables, and systems that post to the webhook receiver. */
import { Type } from 'typebox'
import { formatBytes, formatNumber } from '../../platform/format.ts'
import { isAllowed } from '../../services/access/permissions.ts'
import { UnavailableError } from '../../services/errors.ts'
import { type CdcDefinition, listCdcMaps, restartCdcMap } from '../../services/sources/cdc-maps.ts'
import { type Connector, listConnectors } from '../../services/sources/connectors.ts'
import { type EventSource, listSources, signatureSchemes } from '../../services/sources/sources.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { type Asked, action, question, type View } from '../definition.ts'
import { empty, form, message, type State, section, state, utc } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, count, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { connectorActs, connectorPath, connectorShape, connectorStates } from './connector.ts'

const words = texts.sources

const mapShape = Type.Object({
  mapId: text,
  from: text,
  topic: text,
  map: text,
  changedBy: text,
  updatedAt: instant,
  position: nullable(count),
  messages: nullable(count),
  events: nullable(count),
  rejected: nullable(count),
  changedAt: nullable(instant),
  problem: nullable(text),
})

const sourceShape = Type.Object({
  sourceId: text,
  topic: text,
  map: nullable(text),
  scheme: choice(signatureSchemes),
  header: nullable(text),
  url: nullable(text),
  toleranceSeconds: count,
  bodyBytesMax: count,
  bodyEventsMax: count,
  depthMax: count,
  eventsPerSecond: count,
  isStrict: flag,
  changedBy: text,
  updatedAt: instant,
  previousUntil: nullable(instant),
})

type CdcMap = Omit<CdcDefinition, 'generation'>

/** Most instances have no Kafka Connect: the others are shown without it. */
async function readConnectors({
  settings,
}: Asked): Promise<{ connectors: Connector[]; connectProblem: string | null }> {
  try {
    return { connectors: await listConnectors(settings), connectProblem: null }
  } catch (error) {
    if (error instanceof UnavailableError) return { connectors: [], connectProblem: error.message }
    throw error
  }
}

export const sourceList = question({
  path: '/data/sources',
  permission: 'streams.see',
  summary: 'Connectors of Kafka Connect, captured tables and how far they are, and sources of the webhook receiver',
  query: Type.Object({}),
  answer: Type.Object({
    connectors: Type.Array(connectorShape),
    /** Why connectors are not shown. */
    connectProblem: nullable(text),
    maps: Type.Array(mapShape),
    sources: Type.Array(sourceShape),
  }),
  async read(asked) {
    const [{ connectors, connectProblem }, maps, sources] = await Promise.all([
      readConnectors(asked),
      listCdcMaps(asked.pool),
      listSources(asked.pool),
    ])
    return { connectors, connectProblem, maps: maps.map(withoutGeneration), sources }
  },
  page(view, { connectors, connectProblem, maps, sources }) {
    return {
      title: words.title,
      note: words.note,
      body: html`${dataTabs(view)}
${section(
  words.connectors,
  connectProblem !== null
    ? message('off', html`${words.connectAway}: ${connectProblem}`)
    : connectors.length === 0
      ? empty(words.noConnectorTitle, words.noConnector)
      : connectorTable(view, connectors),
)}
${section(words.maps, maps.length === 0 ? empty(words.noMapTitle, words.noMap) : mapTable(view, maps))}
${section(words.webhooks, sources.length === 0 ? empty(words.noSourceTitle, words.noSource) : sourceTable(view, sources))}`,
    }
  },
})

const withoutGeneration = ({ generation: _, ...map }: CdcDefinition): CdcMap => map

function connectorTable(view: View, rows: readonly Connector[]): Html {
  const { url, visitor } = view
  const columns: Column<Connector>[] = [
    {
      name: 'connector',
      heading: words.connector,
      phone: 'lead',
      sortedBy: ({ name }) => name,
      cell: ({ name, problem }) =>
        html`<a class="title" href="${connectorPath(name)}">${name}</a>${problem !== null && html`<span class="under">${problem}</span>`}`,
    },
    { name: 'class', heading: words.class, cell: (one) => one.class.split('.').at(-1) },
    {
      name: 'state',
      heading: words.state,
      phone: 'aside',
      sortedBy: (one) => one.state,
      cell: (one) => state(connectorStates[one.state] ?? 'off', one.state),
    },
    {
      name: 'tasks',
      heading: words.tasks,
      isNamed: true,
      cell: ({ tasks }) => tasks.map((task) => `${task.id} ${task.state}`).join(', '),
    },
    { name: 'act', heading: '', cell: (one) => connectorActs(view, one) },
  ]
  return table({ caption: words.connectors, columns, rows, url, locale: visitor.locale })
}

function mapState({ problem, position }: CdcMap): Html {
  const [kind, name]: [State, keyof typeof words.mapStates] =
    problem !== null ? ['act', 'stopped'] : position === null ? ['off', 'waits'] : ['ok', 'reads']
  return state(kind, words.mapStates[name])
}

function mapTable({ url, visitor }: View, rows: readonly CdcMap[]): Html {
  const number = (value: number | null) => value !== null && formatNumber(visitor.locale, value)
  const amount = (name: 'messages' | 'events' | 'rejected'): Column<CdcMap> => ({
    name,
    heading: words[name],
    isNumber: true,
    isNamed: true,
    sortedBy: (one) => one[name] ?? 0,
    cell: (one) => number(one[name]),
  })
  const columns: Column<CdcMap>[] = [
    {
      name: 'map',
      heading: words.map,
      phone: 'lead',
      sortedBy: ({ mapId }) => mapId,
      cell: ({ mapId, from, problem }) =>
        html`<b>${mapId}</b><span class="under">${words.changesOf} ${from}</span>${problem !== null && html`<span class="under">${problem}</span>`}`,
    },
    { name: 'topic', heading: words.topic, cell: ({ topic }) => topic },
    { name: 'state', heading: words.state, phone: 'aside', cell: mapState },
    amount('messages'),
    amount('events'),
    amount('rejected'),
    {
      name: 'newest',
      heading: words.newest,
      isNamed: true,
      cell: ({ changedAt }) => changedAt !== null && utc(changedAt),
    },
    {
      name: 'act',
      heading: '',
      cell: ({ mapId }) =>
        isAllowed(visitor.role, 'streams.decide') &&
        form(
          '/data/sources/read-again',
          { map: mapId },
          html`<button class="small" aria-label="${words.readAgainOne(mapId)}">${words.readAgain}</button>`,
          url,
        ),
    },
  ]
  return table({ caption: words.maps, columns, rows, url, locale: visitor.locale })
}

function sourceTable({ url, visitor: { locale } }: View, rows: readonly EventSource[]): Html {
  const columns: Column<EventSource>[] = [
    {
      name: 'source',
      heading: words.source,
      phone: 'lead',
      sortedBy: ({ sourceId }) => sourceId,
      cell: ({ sourceId, topic }) => html`<b>${sourceId}</b><span class="under">${topic}</span>`,
    },
    {
      name: 'signed',
      heading: words.signed,
      phone: 'aside',
      cell: ({ scheme, previousUntil }) =>
        html`${scheme}${previousUntil !== null && html`<span class="under">${words.twoSecrets} ${utc(previousUntil)}</span>`}`,
    },
    {
      name: 'limits',
      heading: words.limits,
      isNamed: true,
      cell: ({ eventsPerSecond, bodyBytesMax, bodyEventsMax }) =>
        html`${words.rate(formatNumber(locale, eventsPerSecond))}<span class="under">${words.body(formatBytes(locale, bodyBytesMax), formatNumber(locale, bodyEventsMax))}</span>`,
    },
    {
      name: 'changed',
      heading: words.changed,
      isNamed: true,
      cell: ({ updatedAt, changedBy }) =>
        html`${utc(updatedAt)}<span class="under">${words.changedBy(changedBy)}</span>`,
    },
  ]
  return table({ caption: words.webhooks, columns, rows, url, locale })
}

export const readAgain = action({
  path: '/data/sources/read-again',
  permission: 'streams.decide',
  summary: 'Read the changes of a captured table again from the start; only rows that differ become events',
  input: Type.Object({ map: Type.String({ minLength: 1, maxLength: 63 }) }),
  answer: mapShape,
  run: async ({ pool, visitor }, { map }) => withoutGeneration(await restartCdcMap(pool, map, visitor.person)),
  done: ({ mapId }) => ({ text: words.readingAgain(mapId) }),
})
