import { Type } from 'typebox'
import { formatNumber } from '../../platform/format.ts'
import { type LineagePartition, type PartitionCheck, showPartition } from '../../services/backfill/ledger.ts'
import { inWords } from '../alerts/list.ts'
import { question } from '../definition.ts'
import { facts, history, message, section, state } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { anyObject, choice, count, day, dayAsked, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { assetPath, partitionPath, partitionStates } from './grid.ts'

const words = texts.data

const at = (instant: Date): string => `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`

const neighbourShape = Type.Object({ asset: text, state: text, run: nullable(count), succeededAt: nullable(instant) })

export const partitionDetail = question({
  path: '/data/:asset/:date',
  permission: 'data.see',
  summary: 'One partition: its runs, what it was made from, and its checks with rows that fail them',
  query: Type.Object({ asset: Type.String({ maxLength: 200 }), date: dayAsked }),
  answer: Type.Object({
    asset: text,
    date: day,
    partition: nullable(Type.Object({ status: text, run: count, workflowId: text, rows: nullable(count) })),
    runs: Type.Array(
      Type.Object({
        run: count,
        status: choice(['succeeded', 'failed']),
        workflowId: text,
        runId: text,
        reason: text,
        error: nullable(text),
        startedAt: instant,
        finishedAt: instant,
        durationMs: Type.Number(),
        inputs: nullable(anyObject),
        outputVersion: nullable(count),
        codeVersion: nullable(text),
        rows: nullable(count),
        bytes: nullable(count),
      }),
    ),
    checks: Type.Array(
      Type.Object({
        check: text,
        severity: choice(['block', 'warn']),
        passed: flag,
        finding: text,
        failingRows: count,
        checkedAt: instant,
        examples: Type.Array(Type.Object({ reason: text, row: anyObject })),
      }),
    ),
    upstream: Type.Array(neighbourShape),
    downstream: Type.Array(neighbourShape),
  }),
  read: ({ pool }, { asset, date }) => showPartition(pool, { asset, date }),
  page({ visitor: { locale } }, { asset, date, partition, runs, checks, upstream, downstream }) {
    const now = partition === null ? 'missing' : partition.isAbandoned ? 'lost' : partition.status
    const failed = runs[0]?.status === 'failed' ? runs[0] : undefined
    const number = (value: number | null) => value !== null && formatNumber(locale, value)
    return {
      title: `${asset} · ${date}`,
      note: html`<a href="/data">${words.title}</a> · <a href="${assetPath(asset)}">${asset}</a>`,
      body: html`${failed?.error && message('act', failed.error)}
<div class="columns"><div>
${section(words.checks, checks.length === 0 ? html`<p class="quiet">${words.noChecks}</p>` : html`${checks.map((check) => checkOf(check, (value) => formatNumber(locale, value)))}`)}
${section(
  words.runs,
  runs.length === 0
    ? html`<p class="quiet">${words.noRuns}</p>`
    : history(
        runs.map((run) => ({
          what: html`${state(run.status === 'succeeded' ? 'ok' : 'act', words.states[run.status])} ${words.runOf(formatNumber(locale, run.run), inWords(String(run.reason)).toLowerCase())} · ${words.seconds(formatNumber(locale, run.durationMs / 1000, 1))}`,
          why:
            run.error ??
            (run.inputs &&
              Object.entries(run.inputs)
                .map(([name, version]) => `${name} ${version}`)
                .join(' · ')),
          when: html`${at(run.startedAt)} · <code>${run.workflowId}</code>`,
        })),
      ),
)}</div>
<aside>${facts([
        [words.state, state(partitionStates[now], words.states[now])],
        [words.rows, number(runs[0]?.rows ?? null)],
        [words.bytes, number(runs[0]?.bytes ?? null)],
        [words.code, runs[0]?.codeVersion],
        [words.upstream, neighbours(upstream, date)],
        [words.downstream, neighbours(downstream, date)],
      ])}</aside></div>`,
    }
  },
})

const neighbours = (all: readonly LineagePartition[], date: string): Html | '' =>
  all.length === 0
    ? ''
    : html`${all.map((each) => html`<div><a href="${partitionPath(each.asset, date)}">${each.asset}</a> ${state(partitionStates[each.state], words.states[each.state])}</div>`)}`

const checkOf = (
  { check, severity, passed, finding, failingRows, examples }: PartitionCheck,
  number: (value: number) => string,
): Html =>
  html`<div>${state(passed ? 'ok' : severity === 'block' ? 'act' : 'watch', inWords(check))} <span class="quiet">${finding}</span>${
    examples.length > 0 &&
    html`<details class="disclose"><summary>${words.failing(number(failingRows))}</summary>${examples.map(
      ({ reason, row }) => html`<pre>${reason}\n${JSON.stringify(row, null, 1)}</pre>`,
    )}</details>`
  }</div>`
