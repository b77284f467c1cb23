/**
 * Pins the images of Compose by digest: asks each registry which content a tag has now, and writes `docker/compose.pinned.yaml`, which is given
 * to Compose after `docker/compose.yaml`. What runs is then what was looked at when the file was made, also when a tag is moved.
 *
 *     node scripts/supply-chain/pin-images.ts           writes the file
 *     node scripts/supply-chain/pin-images.ts --check   fails when a tag has another content now, or an image is not in the file
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { root, type UsedImage, usedImages } from './images.ts'

const FILE = join(root, 'docker', 'compose.pinned.yaml')
const HEAD = `# The images of compose.yaml by digest, made by \`node scripts/supply-chain/pin-images.ts\`: give it to Compose after that file.
`
const TIMEOUT_MS = 30_000
/** A digest of one of these is that of the image for all platforms. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

interface Place {
  url: string
  repository: string
  tag: string
}

/** Where an image is: as Docker reads its name. */
export function placeOf(image: string): Place {
  const [, name, tag] = /^(.+):([\w][\w.-]*)$/.exec(image) ?? []
  if (name === undefined || tag === undefined) throw new Error(`image ${image} has no tag: write NAME:TAG`)
  const [first, ...rest] = name.split('/') as [string, ...string[]]
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const host = isHost && first !== 'docker.io' ? first : 'registry-1.docker.io'
  const path = isHost ? rest : [first, ...rest]
  const repository = host === 'registry-1.docker.io' && path.length === 1 ? `library/${path[0]}` : path.join('/')
  const scheme = /^(localhost|127\.0\.0\.1)(:|$)/.test(host) ? 'http' : 'https'
  return { url: `${scheme}://${host}`, repository, tag }
}

/** @returns `sha256:…`. @throws naming the image when its registry does not give it */
export async function digestOf(image: string): Promise<string> {
  const { url, repository, tag } = placeOf(image)
  const address = `${url}/v2/${repository}/manifests/${tag}`
  const ask = (headers: Record<string, string>) =>
    fetch(address, {
      method: 'HEAD',
      headers: { accept: MANIFESTS, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  try {
    let answer = await ask({})
    if (answer.status === 401) answer = await ask({ authorization: `Bearer ${await tokenFor(answer)}` })
    const digest = answer.headers.get('docker-content-digest') ?? ''
    if (!answer.ok || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw new Error(`it answers ${answer.status} with the digest "${digest}"`)
    }
    return digest
  } catch (error) {
    const { message, cause } = error as Error
    throw new Error(`image ${image}: ${address}: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}`, {
      cause: error,
    })
  }
}

/** Registries give a token to everyone for what is public. */
async function tokenFor(answer: Response): Promise<string> {
  const challenge = answer.headers.get('www-authenticate') ?? ''
  const { realm, ...parameters } = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
  )
  if (realm === undefined) throw new Error(`it asks for "${challenge}", which is no token`)
  const given = await fetch(`${realm}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!given.ok) throw new Error(`${realm} answers ${given.status}`)
  const { token, access_token: other } = (await given.json()) as { token?: string; access_token?: string }
  const found = token ?? other
  if (found === undefined) throw new Error(`${realm} gives no token`)
  return found
}

/** A service of the file: its image, or what it is built from. */
interface PinnedService {
  image?: string
  build?: { args: Record<string, string> }
}

/** The content of the file. */
export function pinned(
  images: readonly UsedImage[],
  digests: ReadonlyMap<string, string>,
): { services: Record<string, PinnedService> } {
  const services: Record<string, PinnedService> = {}
  for (const { image, service, argument } of images) {
    const exact = `${image}@${digests.get(image)}`
    if (argument === undefined) services[service] = { image: exact }
    else services[service] = { build: { args: { ...services[service]?.build?.args, [argument]: exact } } }
  }
  return { services }
}

/** A sentence for each difference between the file and what is used, and what its registry has. */
export function pinProblems(known: unknown, wanted: ReturnType<typeof pinned>): string[] {
  const flat = (services: Record<string, PinnedService>) =>
    new Map(
      Object.entries(services).flatMap(([service, { image, build }]) => [
        ...(image === undefined ? [] : [[service, image] as const]),
        ...Object.entries(build?.args ?? {}).map(([name, value]) => [`${service}, ${name}`, value] as const),
      ]),
    )
  const [is, should] = [flat((known as ReturnType<typeof pinned> | null)?.services ?? {}), flat(wanted.services)]
  return [...new Set([...is.keys(), ...should.keys()])].flatMap((place) =>
    is.get(place) === should.get(place)
      ? []
      : [`${place}: ${is.get(place) ?? 'nothing'} in the file, ${should.get(place) ?? 'nothing'} now`],
  )
}

if (import.meta.main) {
  const images = usedImages()
  const names = [...new Set(images.map(({ image }) => image))]
  const digests = new Map(await Promise.all(names.map(async (image) => [image, await digestOf(image)] as const)))
  const wanted = pinned(images, digests)
  if (process.argv.includes('--check')) {
    const problems = pinProblems(existsSync(FILE) ? parse(readFileSync(FILE, 'utf8')) : null, wanted)
    for (const problem of problems) console.error(problem)
    console.log(
      problems.length === 0 ? `${names.length} images are as they were pinned` : `${problems.length} to look at`,
    )
    if (problems.length > 0) process.exitCode = 1
  } else {
    writeFileSync(FILE, HEAD + stringify(wanted))
    console.log(`${FILE}: ${names.length} images`)
  }
}
