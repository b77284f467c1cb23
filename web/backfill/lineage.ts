/** Which table is made from which, drawn. */
import { Type } from 'typebox'
import { type Asset, readAssets } from '../../services/backfill/assets.ts'
import { NotFoundError } from '../../services/errors.ts'
import { question, type View } from '../definition.ts'
import { scrollable, section } from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, text } from '../shapes.ts'
import { texts } from '../texts.ts'
import { assetPath } from './grid.ts'
import { dataTabs } from './tabs.ts'

const words = texts.lineage

const lineagePath = (asset: string): string => `/data/lineage?asset=${encodeURIComponent(asset)}`

export const lineage = question({
  path: '/data/lineage',
  permission: 'data.see',
  summary: 'The tables that each table is made from; for one table, everything upstream and downstream of it',
  query: Type.Object({ asset: Type.Optional(Type.String({ maxLength: 200 })) }),
  answer: Type.Object({
    assets: Type.Array(
      Type.Object({
        asset: text,
        description: text,
        store: choice(['lake', 'postgres']),
        upstream: Type.Array(text),
        codeVersion: text,
      }),
    ),
  }),
  async read({ pool }, { asset }) {
    const all = await readAssets(pool)
    if (asset === undefined) return { assets: all }
    if (!all.some((each) => each.asset === asset)) throw new NotFoundError('asset', asset)
    const related = new Set([asset, ...reach(all, asset, 'upstream'), ...reach(all, asset, 'downstream')])
    return { assets: all.filter((each) => related.has(each.asset)) }
  },
  rows: ({ assets }) => assets,
  page(view, { assets }, { asset }) {
    const { url, visitor } = view
    const columns: Column<Asset>[] = [
      {
        name: 'asset',
        heading: words.asset,
        phone: 'lead',
        cell: ({ asset: name, description }) =>
          html`<a class="title" href="${assetPath(name)}">${name}</a><span class="under">${description}</span>`,
      },
      { name: 'store', heading: words.store, phone: 'aside', cell: ({ store }) => words.stores[store] },
      { name: 'made', heading: words.made, isNamed: true, cell: ({ upstream }) => linksTo(upstream) },
      {
        name: 'needed',
        heading: words.needed,
        isNamed: true,
        cell: ({ asset: name }) =>
          linksTo(assets.filter(({ upstream }) => upstream.includes(name)).map((each) => each.asset)),
      },
    ]
    return {
      title: asset ?? words.title,
      note: asset === undefined ? words.note : html`<a href="/data/lineage">${words.all}</a>`,
      body: html`${dataTabs(view)}
${drawing(view, assets, asset)}
${section(words.about, table({ caption: words.title, columns, rows: assets, url, locale: visitor.locale }))}`,
    }
  },
})

const linksTo = (assets: readonly string[]): Html | string =>
  assets.length === 0
    ? words.nothing
    : html`${assets.map((each, index) => html`${index > 0 && ', '}<a href="${lineagePath(each)}">${each}</a>`)}`

/** All that an asset is made from, or that is made from it, however far. */
function reach(assets: readonly Asset[], from: string, direction: 'upstream' | 'downstream'): Set<string> {
  const next = (name: string): readonly string[] =>
    direction === 'upstream'
      ? (assets.find(({ asset }) => asset === name)?.upstream ?? [])
      : assets.filter(({ upstream }) => upstream.includes(name)).map(({ asset }) => asset)
  const found = new Set<string>()
  const waiting = [...next(from)]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    waiting.push(...next(name))
  }
  return found
}

const NODE = { width: 178, height: 26 }
const GAP = { x: 54, y: 10 }

/** From left to right: each table right of all that it is made from. */
function drawing({ url }: View, assets: readonly Asset[], focus: string | undefined): Html {
  const layers = layersOf(assets)
  const place = new Map(
    layers.flatMap((layer, x) =>
      layer.map((asset, y): [string, { x: number; y: number }] => [
        asset,
        { x: x * (NODE.width + GAP.x) + 1, y: y * (NODE.height + GAP.y) + 1 },
      ]),
    ),
  )
  const width = layers.length * (NODE.width + GAP.x) - GAP.x + 2
  const height = Math.max(1, ...layers.map((layer) => layer.length)) * (NODE.height + GAP.y) - GAP.y + 2
  const edges = assets.flatMap(({ asset, upstream }) =>
    upstream.flatMap((from) => {
      const [start, end] = [place.get(from), place.get(asset)!]
      if (start === undefined) return []
      const [x1, y1, x2, y2] = [start.x + NODE.width, start.y + NODE.height / 2, end.x, end.y + NODE.height / 2]
      const bend = GAP.x / 2
      return [`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`]
    }),
  )
  const graph = html`<svg class="lineage" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-label="${words.said(assets.length)}">
<path class="edges" d="${edges.join('')}" />
${assets.map(({ asset, store }) => {
  const { x, y } = place.get(asset)!
  const isCurrent = asset === focus
  return html`<a href="${isCurrent ? assetPath(asset) : lineagePath(asset)}" ${isCurrent && html`aria-current="true"`}><rect x="${x}" y="${y}" width="${NODE.width}" height="${NODE.height}" rx="5" class="${store}" /><text x="${x + 10}" y="${y + 17}">${asset}</text></a>`
})}</svg>`
  return html`${scrollable(words.title, graph)}
<p class="small quiet legend"><span class="swatch lake"></span> ${words.stores.lake} <span class="swatch postgres"></span> ${words.stores.postgres}${focus === undefined && url.search === '' && ` · ${words.note}`}</p>`
}

/** Assets come in dependency order. */
function layersOf(assets: readonly Asset[]): string[][] {
  const depth = new Map<string, number>()
  for (const { asset, upstream } of assets) {
    depth.set(asset, Math.max(0, ...upstream.map((each) => (depth.has(each) ? depth.get(each)! + 1 : 0))))
  }
  const layers: string[][] = []
  for (const [asset, layer] of depth) {
    layers[layer] ??= []
    layers[layer].push(asset)
  }
  return layers
}
