/** Who may send by MQTT: `ref.device`, or a file that was written from it for a till agent. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Logger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../../platform/repeat.ts'
import { SourceError } from '../errors.ts'

export const sensors = ['shelf', 'door', 'till', 'lane', 'warehouse', 'gateway', 'other'] as const
export type Sensor = (typeof sensors)[number]

export interface Device {
  deviceId: string
  storeId: string
  /** What it may send for; where a topic belongs to several, the first applies. */
  sourceIds: readonly string[]
  sensor: Sensor
  shelfId: string | null
  /** Of its store; null: not known. */
  timeZone: string | null
  /** SHA-256 in base64. */
  passwordHash: string
  previousHash: string | null
  previousUntil: Date | null
}

export const DEVICES_MAX = 100_000

/** Devices by name. */
export async function readDevices(pool: Pool, deviceId?: string): Promise<Device[]> {
  return (await pool.query<Device>(statement('mqtt/read_devices.sql'), [deviceId ?? null, DEVICES_MAX])).rows
}

/** Whether it is the password of the device, or the one before while that is valid. */
export function hasPassword({ passwordHash, previousHash, previousUntil }: Device, password: Buffer): boolean {
  const given = createHash('sha256').update(password).digest()
  const isValid = (hash: string) => timingSafeEqual(Buffer.from(hash, 'base64'), given)
  const isPreviousValid = previousHash !== null && previousUntil !== null && previousUntil > new Date()
  return isValid(passwordHash) || (isPreviousValid && isValid(previousHash))
}

const READ_AGAIN_MS = 2_000

/** The devices that may send now, read again every two seconds: a new one, or a new password, needs no restart. */
export class Devices {
  #devices: ReadonlyMap<string, Device> = new Map()
  #reading: Repetition | undefined

  /** @throws when they can't be read at the start; later those that are known stay known */
  static async open(read: () => Promise<readonly Device[] | undefined>, logger: Logger): Promise<Devices> {
    const devices = new Devices()
    const readAll = async () => {
      const found = await read()
      if (found !== undefined) devices.#devices = new Map(found.map((device) => [device.deviceId, device]))
    }
    await readAll()
    devices.#reading = repeatEvery(READ_AGAIN_MS, readAll, {
      logger,
      problem: 'devices can not be read: those known stay',
      pausesFirst: true,
    })
    return devices
  }

  find(deviceId: string): Device | undefined {
    return this.#devices.get(deviceId)
  }

  get size(): number {
    return this.#devices.size
  }

  async close(): Promise<void> {
    await this.#reading?.stop()
  }
}

const HASH = '^[A-Za-z0-9+/]{43}=$'
const nullable = (pattern: string) => Type.Union([Type.Null(), Type.String({ pattern })])
const checkFile = Compile(
  Type.Object({
    devices: Type.Array(
      Type.Object({
        deviceId: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
        storeId: Type.String({ minLength: 1, maxLength: 64 }),
        sourceIds: Type.Array(Type.String(), { minItems: 1, maxItems: 16 }),
        sensor: Type.Union(sensors.map((sensor) => Type.Literal(sensor))),
        shelfId: nullable('^.{1,64}$'),
        timeZone: nullable('^.{1,64}$'),
        passwordHash: Type.String({ pattern: HASH }),
        previousHash: nullable(HASH),
        previousUntil: nullable('^\\d{4}-\\d{2}-\\d{2}T'),
      }),
      { maxItems: DEVICES_MAX },
    ),
  }),
)

/**
 * Devices of a file of `shelfline devices export`.
 *
 * @throws SourceError when it can't be read, or is no such file
 */
export function readDeviceFile(path: string): Device[] {
  let content: unknown
  try {
    content = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SourceError(`${path} can't be read as a file of devices: ${(error as Error).message}`)
  }
  if (!checkFile.Check(content)) {
    const [wrong] = checkFile.Errors(content)
    throw new SourceError(
      `${path} is no file of \`shelfline devices export\`: ${wrong?.instancePath ?? ''} ${wrong?.message ?? ''}`,
    )
  }
  return content.devices.map((device) => ({
    ...device,
    previousUntil: device.previousUntil === null ? null : new Date(device.previousUntil),
  }))
}

/** Reads the file again when it has changed; undefined: it has not. */
export function deviceFileReader(path: string): () => Promise<Device[] | undefined> {
  let seen: string | undefined
  return async () => {
    const { size, mtimeMs, ino } = statSync(path)
    const state = `${size} ${mtimeMs} ${ino}`
    if (state === seen) return undefined
    const devices = readDeviceFile(path)
    seen = state
    return devices
  }
}
