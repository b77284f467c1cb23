import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { COMPOSE_FILE, composeEnvironment, services } from './docker.ts'
import { Home } from './home.ts'
import { fixedPorts } from './ports.ts'

const compose = parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, { depends_on?: Record<string, unknown> }>
}

function withDependencies(name: string): string[] {
  return [name, ...Object.keys(compose.services[name]!.depends_on ?? {}).flatMap(withDependencies)]
}

const started = Object.values(services).flatMap(withDependencies)

test('the compose file has every service that is started', () => {
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(started))
})

test('every setting that the started services read is given to Docker Compose', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-docker-'))
  const home = new Home(folder)
  home.create()
  home.writePrivate('ports.json', fixedPorts({}))
  const given = Object.keys(composeEnvironment(home))
  rmSync(folder, { recursive: true })
  const texts = started.map((name) => JSON.stringify(compose.services[name]))
  const asked = texts.flatMap((text) => [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))
  const ports = texts.flatMap((text) => [...text.matchAll(/\$\{(\w+_PORT)\b/g)].map(([, name]) => name!))
  expect(asked.length).toBeGreaterThan(0)
  expect(given).toEqual(expect.arrayContaining([...asked, ...ports]))
})
