/** Devices: who may send events by MQTT, for which sources, and what is known of their connections. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { DEVICES_MAX, type Device, readDevices, type Sensor, sensors } from '../../sources/mqtt/device.ts'
import type { Actor } from '../access/actor.ts'
import { hashOfSecret, newSecret } from '../access/secrets.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice, requireCount } from '../values.ts'
import { listSources } from './sources.ts'

export { type Sensor, sensors } from '../../sources/mqtt/device.ts'

/** A device, and what is known of its newest connection. */
export interface KnownDevice extends Omit<Device, 'sourceIds' | 'timeZone' | 'passwordHash' | 'previousHash'> {
  sourceIds: string[]
  changedBy: string
  updatedAt: Date
  /** Null: it was never connected. */
  status: 'connected' | 'alive' | 'disconnected' | 'lost' | null
  connectedAt: Date | null
  statusAt: Date | null
  /** It was lost, or nothing was known of its connection for 15 minutes: the alert `sensor_silent` opens. */
  isSilent: boolean
  reason: string | null
  /** What it last reported of itself, and on which topic behind `devices/DEVICE/`. */
  reported: string | null
  reportedTopic: string | null
  reportedAt: Date | null
}

export interface AddedDevice extends KnownDevice {
  /** Shown this once. */
  password: string
}

/** What is left out takes its default in a new device, and stays as it is in one that is there. */
export interface DeviceChange {
  storeId?: string | undefined
  sourceIds?: readonly string[] | undefined
  sensor?: string | undefined
  /** Null: none. */
  shelfId?: string | null | undefined
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const SOURCES_MAX = 16
export const KEPT_HOURS_MAX = 720
/** What a file of devices has of each. */
export type ExportedDevice = Omit<Device, 'changedBy'>

/** By name, of one store or of all. */
export async function listDevices(
  pool: Pool,
  { storeId }: { storeId?: string | undefined } = {},
): Promise<KnownDevice[]> {
  return (await pool.query<KnownDevice>(statement('mqtt/list_devices.sql'), [null, storeId ?? null, DEVICES_MAX])).rows
}

/** @throws NotFoundError */
export async function showDevice(pool: Pool, deviceId: string): Promise<KnownDevice> {
  const { rows } = await pool.query<KnownDevice>(statement('mqtt/list_devices.sql'), [deviceId, null, 1])
  if (rows[0] === undefined) {
    throw new NotFoundError('device', deviceId, { fix: '`shelfline devices list` lists them' })
  }
  return rows[0]
}

/**
 * Registers a device, with a new password.
 *
 * @throws InvalidError naming the value that is impossible; ConflictError when there is such a device
 */
export async function addDevice(pool: Pool, deviceId: string, change: DeviceChange, by: Actor): Promise<AddedDevice> {
  if (!NAME.test(deviceId)) {
    const rule = 'is not a name of 1 to 64 letters, digits, dots, hyphens and underscores'
    throw new InvalidError(rule, { field: 'device', value: deviceId })
  }
  if ((await readDevices(pool, deviceId)).length > 0) {
    throw new ConflictError(`device ${deviceId} is registered already`, { fix: 'change it with `devices set`' })
  }
  const password = newSecret()
  const { storeId = '', sourceIds = [], sensor = 'other', shelfId = null } = change
  await store(pool, deviceId, { storeId, sourceIds, sensor, shelfId }, password, by)
  return { ...(await showDevice(pool, deviceId)), password }
}

/** @throws NotFoundError; InvalidError naming the value that is impossible */
export async function setDevice(pool: Pool, deviceId: string, change: DeviceChange, by: Actor): Promise<KnownDevice> {
  const before = await showDevice(pool, deviceId)
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  // Its password stays; one that no one knows is for a device that was removed meanwhile.
  await store(pool, deviceId, { ...before, ...given } as Definition, newSecret(), by)
  return showDevice(pool, deviceId)
}

/** Gives a device a new password. @param keptHours how long the one before stays valid @throws NotFoundError */
export async function rotatePassword(
  pool: Pool,
  deviceId: string,
  { keptHours }: { keptHours: number },
  by: Actor,
): Promise<AddedDevice> {
  await showDevice(pool, deviceId)
  requireCount('keptHours', keptHours, 0, KEPT_HOURS_MAX)
  const password = newSecret()
  await pool.query(statement('mqtt/rotate_password.sql'), [deviceId, hashOfSecret(password), keptHours, by])
  return { ...(await showDevice(pool, deviceId)), password }
}

/** From now on it can't sign in, and its next message ends its connection. @throws NotFoundError */
export async function removeDevice(pool: Pool, deviceId: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.device where device_id = $1', [deviceId])
  if (rowCount === 0) throw new NotFoundError('device', deviceId)
}

/** The devices of a store for its till agent, with the hashes of their passwords. */
export async function exportDevices(pool: Pool, storeId: string): Promise<{ devices: ExportedDevice[] }> {
  const all = await readDevices(pool)
  return {
    devices: all
      .filter((device) => device.storeId === storeId)
      .map(({ deviceId, sourceIds, sensor, shelfId, timeZone, passwordHash, previousHash, previousUntil }) => ({
        deviceId,
        storeId,
        sourceIds,
        sensor,
        shelfId,
        timeZone,
        passwordHash,
        previousHash,
        previousUntil,
      })),
  }
}

interface Definition {
  storeId: string
  sourceIds: readonly string[]
  sensor: string
  shelfId: string | null
}

async function store(pool: Pool, deviceId: string, definition: Definition, password: string, by: Actor): Promise<void> {
  const { storeId, sourceIds, sensor, shelfId } = definition
  if (!/^\S.{0,63}$/u.test(storeId)) throw new InvalidError('is empty or too long', { field: 'store', value: storeId })
  if (sourceIds.length === 0 || sourceIds.length > SOURCES_MAX) {
    throw new InvalidError(`are not 1 to ${SOURCES_MAX}`, {
      field: 'sources',
      fix: '`shelfline sources list` lists them',
    })
  }
  const known = new Set((await listSources(pool)).map(({ sourceId }) => sourceId))
  const missing = sourceIds.find((sourceId) => !known.has(sourceId))
  if (missing !== undefined)
    throw new NotFoundError('source', missing, { fix: '`shelfline sources add` registers one' })
  requireChoice('sensor', sensor, sensors)
  await pool.query(statement('mqtt/set_device.sql'), [
    deviceId,
    storeId,
    [...new Set(sourceIds)],
    sensor as Sensor,
    shelfId,
    hashOfSecret(password),
    by,
  ])
}
