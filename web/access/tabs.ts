import type { View } from '../definition.ts'
import { type Tab, tabs } from '../page/components.ts'
import type { Html } from '../page/html.ts'
import { texts } from '../texts.ts'

const words = texts.administration

const all: readonly Tab[] = [
  { href: '/administration', label: words.people, permission: 'people.see' },
  { href: '/administration/tokens', label: words.tokens, permission: 'people.see' },
  { href: '/administration/routes', label: words.routes, permission: 'routes.see' },
  { href: '/administration/audit', label: words.audit, permission: 'audit.see' },
  { href: '/administration/actions', label: words.actions, permission: 'audit.see' },
]

export const administrationTabs = (view: View): Html => tabs(words.label, all, view)
