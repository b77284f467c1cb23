/** A connector of Kafka Connect: its tasks, its configuration and how far it has read; and what is done with it. */
import { Type } from 'typebox'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  type Connector,
  type ConnectorDetails,
  connectorOffsets,
  pauseConnector,
  restartConnector,
  resumeConnector,
  showConnector,
} from '../../services/sources/connectors.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { type Asked, action, question, type View } from '../definition.ts'
import { facts, form, message, type State, section, state } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { anyObject, choice, count, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.sources

/** As Kafka Connect calls them. */
export const connectorStates: Readonly<Record<string, State>> = {
  running: 'ok',
  paused: 'watch',
  stopped: 'watch',
  failed: 'act',
  unassigned: 'off',
  restarting: 'off',
}

export const connectorShape = Type.Object({
  name: text,
  type: choice(['source', 'sink', 'unknown']),
  class: text,
  state: text,
  tasks: Type.Array(Type.Object({ id: count, state: text, problem: nullable(text) })),
  problem: nullable(text),
})

const detailsShape = Type.Object({
  ...connectorShape.properties,
  config: Type.Record(text, text),
  findings: Type.Array(text),
})

export const connectorPath = (name: string): string => `/data/sources/connectors/${encodeURIComponent(name)}`

export function connectorActs({ url, visitor }: View, { name, state: now }: Connector): Html | false {
  if (!isAllowed(visitor.role, 'streams.decide')) return false
  const act = (what: 'pause' | 'resume' | 'restart', label: string) =>
    form(
      `/data/sources/connectors/${what}`,
      { connector: name },
      html`<button class="small" aria-label="${words[`${what}One`](name)}">${label}</button>`,
      url,
    )
  return html`<div class="actions">${now === 'paused' ? act('resume', words.resume) : act('pause', words.pause)}${act('restart', words.restart)}</div>`
}

export const connectorDetail = question({
  path: '/data/sources/connectors/:connector',
  permission: 'streams.see',
  summary:
    'A connector of Kafka Connect: its tasks, its configuration with the names of secrets, and how far it has read',
  query: Type.Object({ connector: Type.String({ maxLength: 200 }) }),
  answer: Type.Object({
    ...detailsShape.properties,
    offsets: Type.Array(Type.Object({ partition: anyObject, offset: nullable(anyObject) })),
  }),
  async read({ settings }, { connector }) {
    const details = await showConnector(settings, connector)
    return { ...details, offsets: await connectorOffsets(settings, connector) }
  },
  page(view, { offsets, ...connector }) {
    const { url, visitor } = view
    const { name, config, findings, problem, tasks } = connector
    const columns: Column<[string, string]>[] = [
      { name: 'setting', heading: words.setting, phone: 'lead', cell: ([setting]) => setting },
      { name: 'value', heading: words.value, cell: ([, value]) => value },
    ]
    return {
      title: name,
      note: state(connectorStates[connector.state] ?? 'off', connector.state),
      ...(isAllowed(visitor.role, 'streams.decide') && { actions: connectorActs(view, connector) || html`` }),
      body: html`${dataTabs(view)}
${problem !== null && message('act', problem)}
${facts([
  [words.class, connector.class],
  ...tasks.map((task): [string, Html] => [
    words.task(task.id),
    html`${state(connectorStates[task.state] ?? 'off', task.state)} ${task.problem}`,
  ]),
])}
${findings.length > 0 && section(words.findings, html`<ul>${findings.map((finding) => html`<li>${finding}</li>`)}</ul>`)}
${section(
  words.offsets,
  offsets.length === 0
    ? html`<p class="quiet">${words.noOffsets}</p>`
    : facts(offsets.map(({ partition, offset }) => [JSON.stringify(partition), JSON.stringify(offset)])),
)}
${section(
  words.config,
  table({
    caption: words.configured,
    columns,
    rows: Object.entries(config).sort(([left], [right]) => (left < right ? -1 : 1)),
    url,
    locale: visitor.locale,
  }),
)}`,
    }
  },
})

const input = Type.Object({ connector: Type.String({ minLength: 1, maxLength: 200 }) })

const changing = (
  what: 'pause' | 'resume' | 'restart',
  summary: string,
  work: (dependencies: Pick<Asked, 'pool' | 'settings'>, name: string) => Promise<ConnectorDetails>,
  done: (name: string) => string,
) =>
  action({
    path: `/data/sources/connectors/${what}`,
    permission: 'streams.decide',
    summary,
    input,
    answer: detailsShape,
    run: ({ pool, settings }, { connector }) => work({ pool, settings }, connector),
    done: ({ name }) => ({ text: done(name) }),
  })

export const connectorActions = [
  changing('pause', 'Pause a connector; it continues where it was', pauseConnector, words.paused),
  changing('resume', 'Resume a paused connector', resumeConnector, words.resumed),
  changing(
    'restart',
    'Start a connector and its tasks again',
    (dependencies, name) => restartConnector(dependencies, name),
    words.restarted,
  ),
]
