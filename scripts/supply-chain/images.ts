/** The images that `docker/compose.yaml` runs, and those that our Dockerfiles begin from. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

interface Service {
  image: string
  build?: { dockerfile: string }
}

/** An image of others: `NAME:TAG`. */
export interface UsedImage {
  image: string
  service: string
  /** The argument of the service's Dockerfile that has it; undefined: the service runs the image itself. */
  argument: string | undefined
}

/** By service of Compose, in the order of its file. */
export function usedImages(): UsedImage[] {
  const { services } = parse(read('docker/compose.yaml'), { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, Service>
  }
  return Object.entries(services).flatMap(([service, { image, build }]) => {
    if (build === undefined) return [{ image, service, argument: undefined }]
    return [...read(build.dockerfile).matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, argument, base]) => ({
      image: base!,
      service,
      argument,
    }))
  })
}
