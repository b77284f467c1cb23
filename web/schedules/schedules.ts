/** What runs by the clock. */
import { Type } from 'typebox'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  type ScheduleSummary,
} from '../../services/schedules/schedules.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { type Asked, action, question } from '../definition.ts'
import { form, type State, state, utc } from '../page/components.ts'
import { html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, instantText, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.schedules

const states: Record<ScheduleSummary['state'], State> = { active: 'ok', paused: 'watch', 'not applied': 'act' }

const dependencies = async ({ servers, settings, pool }: Asked) => ({
  pool,
  temporal: await servers.temporal(),
  timeZone: settings.timeZone,
})

export const scheduleList = question({
  path: '/data/schedules',
  permission: 'data.see',
  summary: 'The schedules in Temporal, with the last and the next run of each',
  query: Type.Object({}),
  answer: Type.Object({
    schedules: Type.Array(
      Type.Object({
        name: text,
        when: text,
        state: choice(['active', 'paused', 'not applied']),
        lastRunAt: nullable(instantText),
        nextRunAt: nullable(instantText),
        note: text,
      }),
    ),
  }),
  read: async (asked) => ({ schedules: await listSchedules(await dependencies(asked)) }),
  rows: ({ schedules }) => schedules,
  page(view, { schedules }) {
    const { url, visitor } = view
    const mayDecide = isAllowed(visitor.role, 'data.decide')
    const columns: Column<ScheduleSummary>[] = [
      {
        name: 'name',
        heading: words.name,
        phone: 'lead',
        sortedBy: ({ name }) => name,
        cell: ({ name, note }) => html`<b>${name}</b><span class="under">${note}</span>`,
      },
      { name: 'when', heading: words.when, cell: ({ when }) => when },
      {
        name: 'state',
        heading: words.state,
        phone: 'aside',
        sortedBy: (one) => one.state,
        cell: (one) => state(states[one.state], words.states[one.state]),
      },
      {
        name: 'last',
        heading: words.last,
        isNamed: true,
        sortedBy: ({ lastRunAt }) => lastRunAt ?? '',
        cell: ({ lastRunAt }) => (lastRunAt === null ? words.never : utc(new Date(lastRunAt))),
      },
      {
        name: 'next',
        heading: words.next,
        isNamed: true,
        sortedBy: ({ nextRunAt }) => nextRunAt ?? '',
        cell: ({ nextRunAt }) => nextRunAt !== null && utc(new Date(nextRunAt)),
      },
      {
        name: 'act',
        heading: '',
        cell: ({ name, state: now }) =>
          mayDecide &&
          now !== 'not applied' &&
          html`<div class="actions">${form(
            `/data/schedules/${now === 'paused' ? 'resume' : 'pause'}`,
            { schedule: name },
            now === 'paused'
              ? html`<button class="small" aria-label="${words.resumeOne(name)}">${words.resume}</button>`
              : html`<button class="small" aria-label="${words.pauseOne(name)}">${words.pause}</button>`,
            url,
          )}${form('/data/schedules/run', { schedule: name }, html`<button class="small" aria-label="${words.runOne(name)}">${words.run}</button>`, url)}</div>`,
      },
    ]
    return {
      title: words.title,
      note: words.note,
      body: html`${dataTabs(view)}${table({ caption: words.title, columns, rows: schedules, url, locale: visitor.locale })}`,
    }
  },
})

const named = { schedule: Type.String({ minLength: 1, maxLength: 100 }) }
const changed = Type.Object({ schedule: text, action: choice(['paused', 'resumed', 'started', 'unchanged']) })
const done = ({ schedule, action }: { schedule: string; action: string }) => ({ text: words.done(schedule, action) })

export const scheduleActions = [
  action({
    path: '/data/schedules/pause',
    permission: 'data.decide',
    summary: 'Pause a schedule: it starts no runs until it is resumed',
    input: Type.Object({ ...named, why: Type.Optional(Type.String({ maxLength: 500 })) }),
    answer: changed,
    run: async (asked, { schedule: name, why }) =>
      pauseSchedule(await dependencies(asked), { name, by: asked.visitor.person, why }),
    done: (change) => ({
      ...done(change),
      ...(change.action === 'paused' && {
        undo: { path: '/data/schedules/resume', fields: { schedule: change.schedule } },
      }),
    }),
  }),
  action({
    path: '/data/schedules/resume',
    permission: 'data.decide',
    summary: 'Resume a paused schedule',
    input: Type.Object(named),
    answer: changed,
    run: async (asked, { schedule }) => resumeSchedule(await dependencies(asked), schedule),
    done,
  }),
  action({
    path: '/data/schedules/run',
    permission: 'data.decide',
    summary: 'Start a run of a schedule now',
    input: Type.Object(named),
    answer: changed,
    run: async (asked, { schedule }) => runSchedule(await dependencies(asked), schedule),
    done,
  }),
]
