/**
 * What each process may do at Temporal of a secure instance, by the name in its certificate. What is not here is denied. `docs/rights.md` is
 * made from it; `temporal/server/main.go` enforces it.
 */
import { roleOf } from '../../platform/postgres/rights/process-rights.ts'
import { type CertifiedClient, type CertifiedServer, TEMPORAL_UI_CLIENT } from './security.ts'

/** What may be done, and the methods of Temporal's service that do it. To read includes every method that changes nothing. */
const temporalVerbs = {
  work: [
    'PollWorkflowTaskQueue',
    'RespondWorkflowTaskCompleted',
    'RespondWorkflowTaskFailed',
    'RespondQueryTaskCompleted',
    'PollActivityTaskQueue',
    'RecordActivityTaskHeartbeat',
    'RespondActivityTaskCompleted',
    'RespondActivityTaskFailed',
    'RespondActivityTaskCanceled',
    'PollNexusTaskQueue',
    'ResetStickyTaskQueue',
    'ShutdownWorker',
    'RecordWorkerHeartbeat',
  ],
  start: ['StartWorkflowExecution'],
  signal: ['SignalWorkflowExecution'],
  cancel: ['RequestCancelWorkflowExecution'],
  /** Of an order: to approve, deny or change it is an Update. */
  update: ['UpdateWorkflowExecution'],
  /** To pause, resume and run. */
  schedule: ['PatchSchedule'],
} as const satisfies Record<string, readonly string[]>

export type TemporalVerb = keyof typeof temporalVerbs | 'read'

interface TemporalRights {
  purpose: string
  /** `all`: also in other namespaces, and of the server itself. */
  may: 'all' | readonly TemporalVerb[]
}

/** Who uses Temporal. The other workers have a certificate, and may do nothing there. */
export const temporalRights = {
  temporal: { purpose: "the server's own workflows, and set-up", may: 'all' },
  shelfline_app: { purpose: 'commands: everything, also schedules and other namespaces', may: 'all' },
  [roleOf('batch')]: {
    purpose:
      'worker batch: takes tasks of workflows and activities, and answers them; it starts and decides nothing from outside of a workflow',
    may: ['read', 'work'],
  },
  [roleOf('web')]: {
    purpose: 'web application: shows workflows, and does what people ask for',
    may: ['read', 'start', 'signal', 'cancel', 'update', 'schedule'],
  },
  [TEMPORAL_UI_CLIENT]: { purpose: "Temporal's Web UI: shows workflows", may: ['read'] },
} as const satisfies Partial<Record<CertifiedClient | CertifiedServer, TemporalRights>>

/** The file that the server reads. */
export function temporalRightsFile(namespace: string): object {
  const all = Object.entries(temporalRights as Record<string, TemporalRights>)
  const limited = all.flatMap(([name, { may }]) => (may === 'all' ? [] : [{ name, may }]))
  return {
    namespace,
    administrators: all.filter(([, { may }]) => may === 'all').map(([name]) => name),
    readers: limited.filter(({ may }) => may.includes('read')).map(({ name }) => name),
    methods: Object.fromEntries(
      limited.map(({ name, may }) => [name, may.flatMap((verb) => (verb === 'read' ? [] : temporalVerbs[verb]))]),
    ),
  }
}

/** A part of the page `docs/rights.md`. */
export function temporalRightsTable(): string {
  const rows = Object.entries(temporalRights).map(
    ([name, { purpose, may }]: [string, TemporalRights]) =>
      `| \`${name}\` | ${purpose} | ${may === 'all' ? '**everything**' : may.map((verb) => `**${verb}**`).join(', ')} |`,
  )
  const verbs = Object.entries(temporalVerbs).map(
    ([verb, methods]) => `- **${verb}**: ${methods.map((method) => `\`${method}\``).join(', ')}`,
  )
  return [
    '| certificate | for | may |',
    '|---|---|---|',
    ...rows,
    '',
    '- **read**: every method that changes nothing',
    ...verbs,
  ].join('\n')
}
