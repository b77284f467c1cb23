/**
 * Prometheus and Alertmanager of an instance, with the files that Compose gives them: only where they find what they watch is another.
 * Neither is downloaded: `--monitoring` uses the machine's.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { StackError, StackUsageError } from './errors.ts'
import { externalAddress } from './external.ts'
import { findOnPath } from './find-tool.ts'
import type { Home, Instance, MonitorName } from './home.ts'
import type { Ports } from './ports.ts'
import type { Server, ServerContext } from './server.ts'

const root = join(import.meta.dirname, '..', '..')
const RETENTION = '30d'
const REQUEST_TIMEOUT_MS = 3_000

/** Debian calls Alertmanager `prometheus-alertmanager`, everybody else `alertmanager`. */
const commands: Record<MonitorName, readonly string[]> = {
  prometheus: ['prometheus'],
  alertmanager: ['alertmanager', 'prometheus-alertmanager'],
}

const commandOf = (name: MonitorName): string | undefined =>
  commands[name].map((command) => findOnPath(command)).find((path) => path !== undefined)

/** @throws StackUsageError naming what the machine does not have, and how to install it */
export function requireMonitors(): void {
  const missing = monitors.filter(({ name }) => commandOf(name) === undefined)
  if (missing.length === 0) return
  throw new StackUsageError(
    `--monitoring: there is no ${missing.map(({ title }) => title).join(' and no ')} on the PATH; install it ` +
      '(on Debian: `apt-get install prometheus prometheus-alertmanager`), or leave out --monitoring',
  )
}

const prometheus: Server<'prometheus'> = {
  name: 'prometheus',
  title: 'Prometheus',
  ports: ['prometheus'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  async prepare() {
    requireMonitors()
  },

  async launch({ home, ports, security }) {
    const given = readFileSync(join(root, 'docker', 'prometheus', 'prometheus.yaml'), 'utf8')
    const targets = targetsFolder(home)
    mkdirSync(targets, { recursive: true, mode: 0o700 })
    const file = write(home, 'prometheus.yaml', nativeConfiguration(given, ports, targets, security?.caFile))
    const url = `http://127.0.0.1:${ports.prometheus}`
    return {
      command: commandOf('prometheus')!,
      arguments: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${home.dataFolder('prometheus')}`,
        `--storage.tsdb.retention.time=${RETENTION}`,
        `--web.listen-address=127.0.0.1:${ports.prometheus}`,
        `--web.external-url=${url}`,
        // Alerts link to the pages for them: `/user/WorkerDown.md`.
        `--web.user-assets=${join(root, 'docs', 'runbooks')}`,
        '--log.level=warn',
      ],
    }
  },

  async furnish() {},
  probe: ({ ports }) => requireReady(`http://127.0.0.1:${ports.prometheus}/-/ready`),
}

const alertmanager: Server<'alertmanager'> = {
  name: 'alertmanager',
  title: 'Alertmanager',
  ports: ['alertmanager'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  async prepare() {
    requireMonitors()
  },

  async launch({ home, ports }) {
    return {
      command: commandOf('alertmanager')!,
      arguments: [
        `--config.file=${join(root, 'docker', 'alertmanager', 'alertmanager.yaml')}`,
        `--storage.path=${home.dataFolder('alertmanager')}`,
        `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
        `--web.external-url=http://127.0.0.1:${ports.alertmanager}`,
        // One of it: it looks for no others.
        '--cluster.listen-address=',
        '--log.level=warn',
      ],
    }
  },

  async furnish() {},
  probe: ({ ports }) => requireReady(`http://127.0.0.1:${ports.alertmanager}/-/ready`),
}

export const monitors: readonly Server<MonitorName>[] = [prometheus, alertmanager]

export const monitoringAddresses = ({ ports }: Pick<ServerContext, 'ports'>): Required<Instance>['monitoring'] => ({
  prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
  alertmanagerUrl: `http://127.0.0.1:${ports.alertmanager}`,
})

/** The folder with one file for each kind of worker; Prometheus notices when one changes. */
export const targetsFolder = (home: Home): string => home.path('monitoring', 'targets')

/** Announces to Prometheus where a worker serves its metrics. A worker that ended stays a target: that it does not answer is an alert. */
export function announceTarget(home: Home, kind: WorkerKind, port: number): void {
  mkdirSync(targetsFolder(home), { recursive: true, mode: 0o700 })
  // The port is another after each start, the worker is the same.
  const targets = [{ targets: [`127.0.0.1:${port}`], labels: { instance: kind } }]
  writeWhole(targetFile(home, kind), `${JSON.stringify(targets)}\n`)
}

/** Workers that were stopped on purpose are no targets. The folder stays: Prometheus watches it. */
export function forgetTargets(home: Home): void {
  for (const kind of workerKinds) rmSync(targetFile(home, kind), { force: true })
}

const targetFile = (home: Home, kind: WorkerKind): string => join(targetsFolder(home), `worker-${kind}.json`)

interface Configuration {
  rule_files: string[]
  alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] }
  scrape_configs: ({ job_name: string } & Record<string, unknown>)[]
}

/**
 * The configuration for Compose, with the files and addresses of a native instance. Servers that the settings give elsewhere are left out:
 * where their metrics are is not known.
 *
 * @param caFile of a secure instance: what workers and MinIO are asked by https with
 * @throws StackError when it has a job whose place on this machine is not known
 */
export function nativeConfiguration(text: string, ports: Ports, targets: string, caFile?: string): string {
  const configuration = parse(text) as Configuration
  const own: Record<string, string | undefined> = {
    temporal: externalAddress('temporal') === undefined ? `127.0.0.1:${ports.temporalMetrics}` : undefined,
    minio: externalAddress('objectStore') === undefined ? `127.0.0.1:${ports.objectStore}` : undefined,
    prometheus: `127.0.0.1:${ports.prometheus}`,
    alertmanager: `127.0.0.1:${ports.alertmanager}`,
  }
  const place = (job: string): object => {
    if (job.startsWith('worker-')) return { file_sd_configs: [{ files: [join(targets, `${job}.json`)] }] }
    if (!(job in own)) throw new StackError(`Prometheus: job ${job} has no place in a native instance`)
    return { static_configs: own[job] === undefined ? [] : [{ targets: [own[job]] }] }
  }
  const tls = (job: string): object =>
    caFile !== undefined && (job.startsWith('worker-') || job === 'minio')
      ? { scheme: 'https', tls_config: { ca_file: caFile } }
      : {}
  return stringify({
    ...configuration,
    rule_files: configuration.rule_files.map((file) => join(root, 'docker', 'prometheus', file)),
    alerting: { alertmanagers: [{ static_configs: [{ targets: [own.alertmanager] }] }] },
    scrape_configs: configuration.scrape_configs.map(
      ({ dns_sd_configs: _containers, static_configs: _services, ...job }) => ({
        ...job,
        ...place(job.job_name),
        ...tls(job.job_name),
      }),
    ),
  })
}

function write(home: Home, name: string, text: string): string {
  const file = home.path('monitoring', name)
  writeWhole(file, text)
  return file
}

/** A reader sees the old file or the new one, never a part. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}

async function requireReady(url: string): Promise<void> {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
  if (!ok) throw new Error(`${url} answers ${status}`)
}
