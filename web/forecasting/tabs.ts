import type { View } from '../definition.ts'
import { type Tab, tabs } from '../page/components.ts'
import type { Html } from '../page/html.ts'
import { texts } from '../texts.ts'

const all: readonly Tab[] = [
  { href: '/forecasts', label: texts.forecasts.segments, permission: 'stock.see' },
  { href: '/forecasts/overrides', label: texts.overrides.title, permission: 'stock.see' },
]

export const forecastTabs = (view: View): Html => tabs(texts.forecasts.title, all, view)
