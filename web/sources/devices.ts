/** Devices that send by MQTT: whether they are connected, a new password, and their removal. */
import { Type } from 'typebox'
import { isAllowed } from '../../services/access/permissions.ts'
import {
  KEPT_HOURS_MAX,
  type KnownDevice,
  listDevices,
  removeDevice,
  rotatePassword,
  sensors,
  showDevice,
} from '../../services/sources/devices.ts'
import { dataTabs } from '../backfill/tabs.ts'
import { action, question, type View } from '../definition.ts'
import {
  empty,
  facts,
  filters,
  form,
  input,
  isFilteredBy,
  type State,
  section,
  selectOrAll,
  state,
  utc,
} from '../page/components.ts'
import { type Html, html } from '../page/html.ts'
import { type Column, table } from '../page/table.ts'
import { choice, flag, instant, nullable, text } from '../shapes.ts'
import { texts } from '../texts.ts'

const words = texts.devices

const KEPT_HOURS_USUAL = '24'

const deviceShape = Type.Object({
  deviceId: text,
  storeId: text,
  sourceIds: Type.Array(text),
  sensor: choice(sensors),
  shelfId: nullable(text),
  previousUntil: nullable(instant),
  changedBy: text,
  updatedAt: instant,
  status: nullable(choice(['connected', 'alive', 'disconnected', 'lost'])),
  connectedAt: nullable(instant),
  statusAt: nullable(instant),
  isSilent: flag,
  reason: nullable(text),
  reported: nullable(text),
  reportedTopic: nullable(text),
  reportedAt: nullable(instant),
})

const devicePath = (device: string): string => `/data/sources/devices/${encodeURIComponent(device)}`

const kinds: Readonly<Record<keyof typeof words.states, State>> = {
  never: 'off',
  silent: 'act',
  connected: 'ok',
  alive: 'ok',
  disconnected: 'off',
  lost: 'act',
}

function stateOf({ status, isSilent }: KnownDevice): Html {
  const name = status === null ? 'never' : isSilent && status !== 'lost' ? 'silent' : status
  return state(kinds[name], words.states[name])
}

export const deviceList = question({
  path: '/data/sources/devices',
  permission: 'streams.see',
  summary: 'Devices that send by MQTT, and what is known of their connections',
  query: Type.Object({
    store: Type.Optional(Type.String({ maxLength: 64 })),
    silent: Type.Optional(Type.Boolean()),
  }),
  answer: Type.Object({ devices: Type.Array(deviceShape) }),
  async read({ pool }, { store, silent = false }) {
    const devices = await listDevices(pool, { storeId: store })
    return { devices: silent ? devices.filter(({ isSilent }) => isSilent) : devices }
  },
  rows: ({ devices }) => devices,
  page(view, { devices }, query) {
    const { url } = view
    const isFiltered = isFilteredBy(url, ['store', 'silent'])
    return {
      title: words.title,
      note: words.note,
      body: html`${dataTabs(view)}
${filters(
  url,
  html`${input('store', words.store, query.store, html`maxlength="64"`)}
${selectOrAll(
  'silent',
  words.which,
  [{ value: 'true', label: words.onlySilent }],
  query.silent === true ? 'true' : undefined,
)}`,
  isFiltered,
)}
${devices.length > 0 ? deviceTable(view, devices) : isFiltered ? empty(words.noMatchTitle, words.noMatch) : empty(words.noneTitle, words.none)}`,
    }
  },
})

const measures = ({ sensor, shelfId }: KnownDevice): string =>
  shelfId === null ? sensor : words.shelf(sensor, shelfId)

function deviceTable({ url, visitor: { locale } }: View, rows: readonly KnownDevice[]): Html {
  const columns: Column<KnownDevice>[] = [
    {
      name: 'device',
      heading: words.device,
      phone: 'lead',
      sortedBy: ({ deviceId }) => deviceId,
      cell: (device) =>
        html`<a class="title" href="${devicePath(device.deviceId)}">${device.deviceId}</a><span class="under">${device.storeId} · ${measures(device)}</span>`,
    },
    { name: 'state', heading: words.state, phone: 'aside', sortedBy: ({ status }) => status ?? '', cell: stateOf },
    {
      name: 'seen',
      heading: words.seen,
      isNamed: true,
      sortedBy: ({ statusAt }) => statusAt?.getTime() ?? 0,
      cell: ({ statusAt }) => (statusAt === null ? words.never : utc(statusAt)),
    },
    { name: 'sources', heading: words.sources, isNamed: true, cell: ({ sourceIds }) => sourceIds.join(', ') },
    { name: 'reports', heading: words.reports, isNamed: true, cell: ({ reported }) => reported },
  ]
  return table({ caption: words.title, columns, rows, url, locale })
}

export const deviceDetail = question({
  path: '/data/sources/devices/:device',
  permission: 'streams.see',
  summary: 'A device, its newest connection and what it reports of itself',
  query: Type.Object({ device: Type.String({ maxLength: 64 }) }),
  answer: deviceShape,
  read: ({ pool }, { device }) => showDevice(pool, device),
  page(view, device) {
    const { visitor } = view
    const { connectedAt, statusAt, reason, reported, reportedTopic, reportedAt, previousUntil } = device
    return {
      title: device.deviceId,
      note: stateOf(device),
      body: html`${dataTabs(view)}
${facts([
  [words.store, device.storeId],
  [words.sensor, measures(device)],
  [words.sources, device.sourceIds.join(', ')],
  [words.seen, statusAt === null ? words.never : utc(statusAt)],
  [words.connectedSince, connectedAt !== null && utc(connectedAt)],
  [words.reason, reason],
  [words.reports, reported !== null && html`${reportedTopic}: ${reported} (${reportedAt !== null && utc(reportedAt)})`],
  [words.previous, previousUntil !== null && utc(previousUntil)],
  [words.changed, html`${utc(device.updatedAt)} ${words.changedBy(device.changedBy)}`],
])}
${isAllowed(visitor.role, 'streams.decide') && decisions(view, device)}`,
    }
  },
})

const decisions = ({ url }: View, { deviceId: device }: KnownDevice): Html =>
  html`${section(
    words.password,
    html`<p>${words.rotateMeans}</p>
${form(
  '/data/sources/devices/rotate',
  { device },
  html`<div class="fields">${input('keptHours', words.keptHours, KEPT_HOURS_USUAL, html`type="number" min="0" max="${KEPT_HOURS_MAX}" required`)}
<button>${words.rotate}</button></div>`,
  url,
)}`,
  )}
${section(
  words.remove,
  html`<p>${words.removeMeans}</p>
${form('/data/sources/devices/remove', { device }, html`<button>${words.remove}</button>`, new URL('/data/sources/devices', url))}`,
)}`

const named = Type.String({ minLength: 1, maxLength: 64 })

export const registeredDeviceActions = [
  action({
    path: '/data/sources/devices/rotate',
    permission: 'streams.decide',
    summary: 'Give a device a new password, which the response has once; the one before stays valid for some hours',
    input: Type.Object({ device: named, keptHours: Type.Integer({ minimum: 0, maximum: KEPT_HOURS_MAX }) }),
    answer: Type.Object({ ...deviceShape.properties, password: text }),
    secrets: ['password'],
    run: ({ pool, visitor }, { device, keptHours }) => rotatePassword(pool, device, { keptHours }, visitor.person),
    done: ({ deviceId, password }) => ({ text: words.rotated(deviceId, password) }),
  }),
  action({
    path: '/data/sources/devices/remove',
    permission: 'streams.decide',
    summary: 'Remove a device: it can no longer sign in; events that it has sent stay',
    input: Type.Object({ device: named }),
    answer: Type.Object({ removed: text }),
    run: async ({ pool }, { device }) => {
      await removeDevice(pool, device)
      return { removed: device }
    },
    done: ({ removed }) => ({ text: words.removed(removed) }),
  }),
]
