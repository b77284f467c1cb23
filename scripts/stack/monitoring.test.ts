import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { StackUsageError } from './errors.ts'
import { Home } from './home.ts'
import { announceTarget, forgetTargets, nativeConfiguration, requireMonitors, targetsFolder } from './monitoring.ts'
import { freePorts } from './ports.ts'
import { up } from './stack.ts'

const given = readFileSync(join(import.meta.dirname, '..', '..', 'docker', 'prometheus', 'prometheus.yaml'), 'utf8')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfline-monitoring-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

interface Job {
  job_name: string
  static_configs?: { targets: string[] }[]
  file_sd_configs?: { files: string[] }[]
}
const jobsOf = (text: string) => (parse(text) as { scrape_configs: Job[] }).scrape_configs

test('every job of the configuration for containers has its place in a native instance', async () => {
  const ports = await freePorts()
  const jobs = jobsOf(nativeConfiguration(given, ports, folder))
  expect(jobs.map(({ job_name }) => job_name)).toEqual(jobsOf(given).map(({ job_name }) => job_name))
  for (const { job_name, static_configs, file_sd_configs } of jobs) {
    if (job_name.startsWith('worker-')) {
      expect(file_sd_configs).toEqual([{ files: [join(folder, `${job_name}.json`)] }])
    } else {
      expect(static_configs?.[0]?.targets[0]).toMatch(/^127\.0\.0\.1:\d+$/)
    }
  }
  const file = join(folder, 'prometheus.yaml')
  writeFileSync(file, nativeConfiguration(given, ports, folder))
  const checked = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' })
  if (checked.error === undefined) expect(checked.stdout).toContain('SUCCESS')
})

test('a server that the settings give elsewhere is not asked for metrics', async () => {
  vi.stubEnv('SHELFLINE_TEMPORAL_ADDRESS', 'temporal.example:7233')
  const jobs = jobsOf(nativeConfiguration(given, await freePorts(), folder))
  expect(jobs.find(({ job_name }) => job_name === 'temporal')?.static_configs).toEqual([])
})

test('a worker is announced under its kind, whatever its port is', () => {
  const home = new Home(folder)
  announceTarget(home, 'stream', 8080)
  announceTarget(home, 'stream', 8081)
  const file = join(targetsFolder(home), 'worker-stream.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
    { targets: ['127.0.0.1:8081'], labels: { instance: 'stream' } },
  ])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  forgetTargets(home)
  expect(readdirSync(targetsFolder(home))).toEqual([])
})

test('a machine without Prometheus gets a message with what to install, and nothing is started', async () => {
  vi.stubEnv('PATH', folder)
  expect(requireMonitors).toThrow(StackUsageError)
  expect(requireMonitors).toThrow(
    '--monitoring: there is no Prometheus and no Alertmanager on the PATH; install it (on Debian: `apt-get install prometheus prometheus-alertmanager`), or leave out --monitoring',
  )
  await expect(up({ home: folder, ports: 'free', monitoring: true })).rejects.toThrow('there is no Prometheus')
})

test('with Docker Compose it is a profile', async () => {
  await expect(up({ home: folder, docker: true, monitoring: true })).rejects.toThrow('the profile `monitoring`')
})
