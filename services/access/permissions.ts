/** Which role may open which pages and do what. Which rows they see there is decided in the database. */
import { type PersonRole, personRoles } from './people.ts'

const everybody = personRoles
const inStores = ['store_manager', 'regional_manager', 'buyer', 'planner', 'administrator'] as const
const ofSupply = ['buyer', 'planner', 'administrator'] as const
const ofSystem = ['data_engineer', 'administrator'] as const

export const permissions = {
  'alerts.see': everybody,
  'alerts.decide': inStores,
  'orders.see': [...inStores, 'executive'],
  'orders.decide': ['regional_manager', 'buyer', 'planner', 'administrator'],
  'deliveries.decide': inStores,
  'payments.see': ['store_manager', 'regional_manager', 'data_engineer', 'executive', 'administrator'],
  'forecasts.decide': ['regional_manager', 'buyer', 'planner', 'administrator'],
  'stock.see': everybody,
  'layouts.decide': ['store_manager', 'regional_manager', 'planner', 'administrator'],
  'streams.see': ofSystem,
  'streams.decide': ofSystem,
  'data.see': [...ofSystem, 'planner'],
  'data.decide': ofSystem,
  'models.see': [...ofSystem, 'planner', 'executive'],
  'models.decide': ofSystem,
  'policies.see': [...ofSupply, 'executive'],
  'policies.decide': ['planner', 'administrator'],
  'suppliers.see': [...ofSupply, 'executive'],
  'suppliers.decide': ofSupply,
  'people.see': ['administrator'],
  'people.decide': ['administrator'],
  'routes.see': ['administrator'],
  'routes.decide': ['administrator'],
  'audit.see': ['administrator'],
  'own.see': everybody,
  'own.decide': everybody,
} as const satisfies Record<string, readonly PersonRole[]>

export type Permission = keyof typeof permissions
export const permissionNames = Object.keys(permissions) as Permission[]

export const isAllowed = (role: PersonRole, permission: Permission): boolean =>
  (permissions[permission] as readonly PersonRole[]).includes(role)
