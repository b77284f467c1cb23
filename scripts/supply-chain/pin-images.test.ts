import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { usedImages } from './images.ts'
import { digestOf, pinned, pinProblems, placeOf } from './pin-images.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

/** A registry that gives everyone a token, as public ones do. */
let registry: Server
let host: string
beforeAll(async () => {
  registry = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, `http://${host}`)
    if (pathname === '/token') {
      const token = `${searchParams.get('service')} ${searchParams.get('scope')}`
      return response.end(JSON.stringify({ token: Buffer.from(token).toString('base64') }))
    }
    const expected = `Bearer ${Buffer.from('tests repository:team/tool:pull').toString('base64')}`
    if (request.headers.authorization !== expected) {
      const challenge = `Bearer realm="http://${host}/token",service="tests",scope="repository:team/tool:pull"`
      return response.writeHead(401, { 'www-authenticate': challenge }).end()
    }
    const isKnown =
      request.method === 'HEAD' &&
      pathname === '/v2/team/tool/manifests/1.2' &&
      request.headers.accept!.includes('index')
    return response.writeHead(isKnown ? 200 : 404, isKnown ? { 'docker-content-digest': DIGEST } : {}).end()
  })
  await new Promise<void>((ready) => registry.listen(0, '127.0.0.1', ready))
  host = `127.0.0.1:${(registry.address() as AddressInfo).port}`
})
afterAll(() => new Promise((done) => registry.close(done)))

test('the digest of an image is what its registry has for the tag', async () => {
  expect(await digestOf(`${host}/team/tool:1.2`)).toBe(DIGEST)
  await expect(digestOf(`${host}/team/tool:9.9`)).rejects.toThrow(
    `image ${host}/team/tool:9.9: http://${host}/v2/team/tool/manifests/9.9: it answers 404 with the digest ""`,
  )
})

test('names are read as Docker reads them', () => {
  const hub = 'https://registry-1.docker.io'
  expect(placeOf('node:24.1-slim')).toEqual({ url: hub, repository: 'library/node', tag: '24.1-slim' })
  expect(placeOf('apache/kafka:4.3.1')).toEqual({ url: hub, repository: 'apache/kafka', tag: '4.3.1' })
  expect(placeOf('docker.io/node:24')).toEqual({ url: hub, repository: 'library/node', tag: '24' })
  expect(placeOf('quay.io/debezium/connect:3.6')).toEqual({
    url: 'https://quay.io',
    repository: 'debezium/connect',
    tag: '3.6',
  })
  expect(() => placeOf('node')).toThrow('image node has no tag')
})

test('every image of Compose is pinned: those that run, and those that ours are built from', () => {
  const images = usedImages()
  const { services } = pinned(images, new Map(images.map(({ image }) => [image, DIGEST])))
  expect(services.kafka!.image).toMatch(new RegExp(`^apache/kafka:[\\d.]+@${DIGEST}$`))
  expect(Object.keys(services.minio!.build!.args).sort()).toEqual(['CURL_IMAGE', 'GO_IMAGE'])
  expect(Object.keys(services.spark!.build!.args).sort()).toEqual(['JAVA_IMAGE', 'MAVEN_IMAGE'])
  expect(services['worker-batch']!.build!.args.NODE_IMAGE).toMatch(/^node:.+@sha256:/)
})

test('a tag that has moved, and an image that was changed or added, are reported', () => {
  const images = [
    { image: 'a/b:1', service: 'one', argument: undefined },
    { image: 'c:2', service: 'two', argument: 'BASE_IMAGE' },
  ]
  const digests = new Map([
    ['a/b:1', DIGEST],
    ['c:2', DIGEST],
  ])
  const known = pinned(images, digests)
  expect(pinProblems(known, known)).toEqual([])
  const moved = pinned(images, new Map([...digests, ['a/b:1', DIGEST.replace('0', '1')]]))
  expect(pinProblems(known, moved)).toEqual([`one: a/b:1@${DIGEST} in the file, a/b:1@${DIGEST.replace('0', '1')} now`])
  expect(pinProblems(null, known)).toHaveLength(2)
})
