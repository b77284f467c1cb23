import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { SourceError } from './errors.ts'

/** @throws SourceError naming the file when it can't be read, else what `parseMap` throws */
export function readMapFile<Map>(path: string, parseMap: (content: string, path: string) => Map): Map {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    throw new SourceError(`map ${path}: can't be read (${(error as Error).message})`)
  }
  return parseMap(content, path)
}

/** @throws what `wrong` makes of the first line of what is wrong */
export function parseYaml(content: string, wrong: (problem: string) => SourceError): unknown {
  try {
    return parse(content)
  } catch (error) {
    throw wrong(`is not YAML: ${(error as Error).message.split('\n')[0]}`)
  }
}
