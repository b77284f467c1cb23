/** All that can be asked and done, and what is in the navigation. */
import { actionLog } from './access/actions.ts'
import { auditEntry, auditLog } from './access/audit.ts'
import { deviceActions, devicePage } from './access/device.ts'
import { addPersonAction, peopleList } from './access/people.ts'
import { personActions, personDetail } from './access/person.ts'
import { accountActions, accountPage } from './access/sign-in.ts'
import { tokenActions, tokenList } from './access/tokens.ts'
import { alertActions } from './alerts/actions.ts'
import { alertDetail } from './alerts/detail.ts'
import { alertList } from './alerts/list.ts'
import { assetDays, ledgerGrid } from './backfill/grid.ts'
import { lineage } from './backfill/lineage.ts'
import { partitionDetail } from './backfill/partition.ts'
import { backfillActions, backfillValues, planDetail, planList } from './backfill/plans.ts'
import { qualityList } from './data-quality/results.ts'
import type { Action, Question } from './definition.ts'
import { forecastAccuracy } from './forecasting/accuracy.ts'
import { overrideActions, overrideList } from './forecasting/overrides.ts'
import { askPredictions } from './forecasting/predictions.ts'
import { lakeList, lakeTable } from './lake/tables.ts'
import type { LiveStream } from './live.ts'
import { itemDetail } from './live-state/item.ts'
import { layoutActions, layoutEditor } from './live-state/layout.ts'
import { mapStores, shelfValues, storeMap } from './live-state/map.ts'
import { lotList, stockList, warehouseStock } from './live-state/stock.ts'
import { today } from './live-state/today.ts'
import { routeActions, routeList } from './notifications/routes.ts'
import type { Link } from './page/layout.ts'
import { chargeBackList, refundList, unpaidSales } from './payments/payments.ts'
import { policyActions, policyPage } from './policies/policies.ts'
import { orderActions } from './purchase-orders/actions.ts'
import { deliveryList, restockList } from './purchase-orders/deliveries.ts'
import { orderDetail } from './purchase-orders/detail.ts'
import { orderList, orderPath } from './purchase-orders/list.ts'
import { deliveryActions, deliveryDetail } from './purchase-orders/receiving.ts'
import { transferActions, transferDetail, transferList } from './purchase-orders/transfers.ts'
import { modelActions, modelDetail, modelList } from './registry/models.ts'
import { versionDetail } from './registry/version.ts'
import { supplierActions, supplierDetail, supplierList } from './replenishment/suppliers.ts'
import { whatIfPage } from './replenishment/whatif.ts'
import { weekReview } from './reports/week.ts'
import { scheduleActions, scheduleList } from './schedules/schedules.ts'
import { search, type Target } from './search.ts'
import { connectorActions, connectorDetail } from './sources/connector.ts'
import { deviceDetail, deviceList, registeredDeviceActions } from './sources/devices.ts'
import { readAgain, sourceList } from './sources/sources.ts'
import { letterActions, letterDetail, letterList } from './streams/dead-letters.ts'
import { streamActions, streamList, streamValues } from './streams/processors.ts'
import { texts } from './texts.ts'

export const links: readonly Link[] = [
  { href: '/', label: texts.nav.today, permission: 'own.see' },
  { href: '/week', label: texts.week.title, permission: 'stock.see' },
  { href: '/alerts', label: texts.nav.alerts, permission: 'alerts.see' },
  { href: '/orders', label: texts.nav.orders, permission: 'orders.see' },
  { href: '/transfers', label: texts.nav.transfers, permission: 'orders.see' },
  { href: '/deliveries', label: texts.nav.deliveries, permission: 'orders.see' },
  { href: '/payments', label: texts.nav.payments, permission: 'payments.see' },
  { href: '/stock', label: texts.nav.stock, permission: 'stock.see' },
  { href: '/map', label: texts.nav.map, permission: 'stock.see' },
  { href: '/forecasts', label: texts.nav.forecasts, permission: 'stock.see' },
  { href: '/whatif', label: texts.whatIf.title, permission: 'suppliers.see' },
  { href: '/suppliers', label: texts.nav.suppliers, permission: 'suppliers.see' },
  { href: '/policies', label: texts.nav.policies, permission: 'policies.see' },
  { href: '/models', label: texts.nav.models, permission: 'models.see' },
  { href: '/streams', label: texts.nav.streams, permission: 'streams.see' },
  { href: '/dead-letters', label: texts.nav.letters, permission: 'streams.see' },
  { href: '/data', label: texts.nav.data, permission: 'data.see' },
  { href: '/administration', label: texts.nav.administration, permission: 'people.see' },
]

const targets: Target = ({ kind, id, name }) => {
  if (kind === 'order') return { href: orderPath(id), label: `${id} (${name})`, permission: 'orders.see' }
  if (kind === 'product') {
    return { href: `/stock?product=${encodeURIComponent(id)}`, label: `${name} (${id})`, permission: 'stock.see' }
  }
  return { href: `/alerts?store=${encodeURIComponent(id)}`, label: `${id} ${name}`, permission: 'alerts.see' }
}

export const questions: readonly Question[] = [
  today,
  weekReview,
  alertList,
  alertDetail,
  orderList,
  orderDetail,
  transferList,
  transferDetail,
  deliveryList,
  restockList,
  deliveryDetail,
  unpaidSales,
  refundList,
  chargeBackList,
  stockList,
  warehouseStock,
  lotList,
  itemDetail,
  forecastAccuracy,
  overrideList,
  mapStores,
  storeMap,
  layoutEditor,
  streamList,
  letterList,
  letterDetail,
  supplierList,
  supplierDetail,
  whatIfPage,
  policyPage,
  modelList,
  modelDetail,
  versionDetail,
  ledgerGrid,
  // Before the assets, whose name has the same place in the path.
  planList,
  planDetail,
  lineage,
  qualityList,
  scheduleList,
  lakeList,
  lakeTable,
  sourceList,
  connectorDetail,
  deviceList,
  deviceDetail,
  assetDays,
  partitionDetail,
  peopleList,
  personDetail,
  tokenList,
  routeList,
  auditLog,
  auditEntry,
  actionLog,
  accountPage,
  devicePage,
  search(links, targets),
]
export const actions: readonly Action[] = [
  ...alertActions,
  ...orderActions,
  ...transferActions,
  ...deliveryActions,
  ...overrideActions,
  askPredictions,
  ...layoutActions,
  ...streamActions,
  ...letterActions,
  ...policyActions,
  ...modelActions,
  ...backfillActions,
  ...scheduleActions,
  readAgain,
  ...connectorActions,
  ...registeredDeviceActions,
  ...supplierActions,
  addPersonAction,
  ...personActions,
  ...tokenActions,
  ...routeActions,
  ...accountActions,
  ...deviceActions,
]
export const liveStreams: readonly LiveStream[] = [streamValues(), shelfValues, backfillValues]
