/** Styles and browser modules. Their addresses change with their content, so that browsers keep them for good. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'

interface Asset {
  body: string
  type: string
  hash: string
}

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8')

function asset(body: string, type: string): Asset {
  return { body, type, hash: createHash('sha256').update(body).digest('hex').slice(0, 12) }
}

const script = (name: string): Asset =>
  asset(stripTypeScriptTypes(read('browser', name)), 'text/javascript; charset=utf-8')

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 18 18" fill="none" stroke="#1f5fd6" stroke-width="2"><path d="M1 6h16M1 13h16"/><path d="M4 6V2h4v4M10 13V9h4v4"/></svg>`

export const assets: Readonly<Record<string, Asset>> = {
  'style.css': asset(read('page', 'style.css'), 'text/css; charset=utf-8'),
  'main.js': script('main.ts'),
  'map.js': script('map.ts'),
  'layout.js': script('layout.ts'),
  'whatif.js': script('whatif.ts'),
  'icon.svg': asset(icon, 'image/svg+xml'),
}

export const assetPath = (name: keyof typeof assets & string): string => `/assets/${assets[name]!.hash}/${name}`
