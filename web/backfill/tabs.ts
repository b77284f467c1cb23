import type { View } from '../definition.ts'
import { type Tab, tabs } from '../page/components.ts'
import type { Html } from '../page/html.ts'
import { texts } from '../texts.ts'

const words = texts.dataTabs

const all: readonly Tab[] = [
  { href: '/data', label: words.ledger, permission: 'data.see' },
  { href: '/data/backfills', label: words.backfills, permission: 'data.see' },
  { href: '/data/lineage', label: words.lineage, permission: 'data.see' },
  { href: '/data/quality', label: words.quality, permission: 'data.see' },
  { href: '/data/schedules', label: words.schedules, permission: 'data.see' },
  { href: '/data/lake', label: words.lake, permission: 'data.see' },
  { href: '/data/sources', label: words.sources, permission: 'streams.see' },
  { href: '/data/sources/devices', label: words.devices, permission: 'streams.see' },
]

export const dataTabs = (view: View): Html => tabs(words.label, all, view)
