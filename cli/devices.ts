import { readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { type Command, Option } from 'commander'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import {
  type AddedDevice,
  addDevice,
  type DeviceChange,
  exportDevices,
  KEPT_HOURS_MAX,
  type KnownDevice,
  listDevices,
  removeDevice,
  rotatePassword,
  sensors,
  setDevice,
  showDevice,
} from '../services/sources/devices.ts'
import { actor } from './acting.ts'
import { parseCount, readSecretFile } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { counted, minute, print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  store?: string
  source?: string[]
  sensor?: string
  shelf?: string | false
  json?: boolean
}

export function register(program: Command): void {
  const devices = program
    .command('devices')
    .description('Register devices that send events by MQTT, and show what is known of them')
  withDefinition(
    devices
      .command('add <device>')
      .description('Register a device, and write its password to a file or print it')
      .requiredOption('--store <store>', 'The store or warehouse where it is: it sends no events of another one')
      .requiredOption('--source <sources...>', 'Registered sources that it may send for')
      .option(
        '--password-to <file>',
        'Write the password to this new file, which only you can read; default: print it',
      ),
  )
    .addHelpText(
      'after',
      '\nExample:\n  shelfline devices add scale-7 --store S1 --source scales --sensor shelf --shelf A1 --password-to scale-7.password',
    )
    .action(add)
  withDefinition(
    devices
      .command('set <device>')
      .description('Change a device; what is left out stays')
      .option('--store <store>', 'Another store or warehouse')
      .option('--source <sources...>', 'The sources that it may send for')
      .option('--no-shelf', 'It measures no shelf'),
  )
    .addHelpText('after', '\nExample:\n  shelfline devices set scale-7 --shelf A2')
    .action(set)
  devices
    .command('list')
    .description('List devices, and whether they are connected')
    .option('--store <store>', 'Only of this store or warehouse')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline devices list')
    .action(list)
  devices
    .command('show <device>')
    .description('Show a device, its newest connection and what it reports of itself')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline devices show scale-7')
    .action(show)
  devices
    .command('rotate <device>')
    .description('Give a device a new password; the one before stays valid for some hours')
    .option('--keep-hours <hours>', 'How long the password before stays valid; 0 ends it at once', '24')
    .option('--password-to <file>', 'Write the password to this new file; default: print it')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline devices rotate scale-7 --keep-hours 48')
    .action(rotate)
  devices
    .command('export <store>')
    .description('Print the devices of a store for its till agent, with the hashes of their passwords, as JSON')
    .addHelpText('after', '\nExample:\n  shelfline devices export S1 > devices.json')
    .action(exportStore)
  devices
    .command('send <device> <file>')
    .description('Publish the messages of a file as the device does it; lines of .jsonl are a message each')
    .requiredOption('--topic <topic>', 'The MQTT topic')
    .requiredOption('--password-file <file>', 'File with the password of the device')
    .option('--to <url>', 'Address of the bridge or agent; default: that of the bridge in the settings')
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline devices send scale-7 data/examples/scale.jsonl --topic stores/S1/scales/A1 --password-file scale-7.password',
    )
    .action(send)
  devices
    .command('remove <device>')
    .hook('preAction', identify)
    .description('Remove a device: it can no longer sign in; events that it has sent stay')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline devices remove scale-7')
    .action(remove)
}

const withDefinition = (command: Command): Command =>
  command
    .addOption(new Option('--sensor <sensor>', 'What it measures').choices([...sensors]))
    .option('--shelf <shelf>', 'The shelf that it measures')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')

const changeOf = ({ store, source, sensor, shelf }: Flags): DeviceChange => ({
  storeId: store,
  sourceIds: source,
  sensor,
  shelfId: shelf === false ? null : shelf,
})

async function add(device: string, { json, passwordTo, ...flags }: Flags & { passwordTo?: string }): Promise<void> {
  const added = await withPool(loadSettings(), (pool) => addDevice(pool, device, changeOf(flags), actor()))
  const isWritten = writePassword(added, passwordTo)
  if (json) return printJson(isWritten ? { ...added, password: null } : added)
  printDetails(added)
  printPassword(added, passwordTo)
}

async function set(device: string, { json, ...flags }: Flags): Promise<void> {
  const changed = await withPool(loadSettings(), (pool) => setDevice(pool, device, changeOf(flags), actor()))
  if (json) return printJson(changed)
  printDetails(changed)
}

async function list({ store, json }: { store?: string; json?: boolean }): Promise<void> {
  const all = await withPool(loadSettings(), (pool) => listDevices(pool, { storeId: store }))
  if (json) return printJson({ devices: all })
  if (all.length === 0) return print('There is no device yet; `shelfline devices add --help` shows how to register one')
  printTable(
    ['device', 'store', 'sensor', 'shelf', 'sources', 'status', 'at (UTC)', 'reports'],
    all.map((device) => [
      device.deviceId,
      device.storeId,
      device.sensor,
      device.shelfId,
      device.sourceIds.join(', '),
      statusOf(device),
      minute(device.statusAt),
      device.reported,
    ]),
  )
}

async function show(device: string, { json }: { json?: boolean }): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => showDevice(pool, device))
  if (json) return printJson(found)
  printDetails(found)
}

async function rotate(
  device: string,
  { keepHours, passwordTo, json }: { keepHours: string; passwordTo?: string; json?: boolean },
): Promise<void> {
  const keptHours = parseCount('--keep-hours', keepHours, 0, KEPT_HOURS_MAX)
  const rotated = await withPool(loadSettings(), (pool) => rotatePassword(pool, device, { keptHours }, actor()))
  const isWritten = writePassword(rotated, passwordTo)
  if (json) return printJson(isWritten ? { ...rotated, password: null } : rotated)
  printPassword(rotated, passwordTo)
  const until = rotated.previousUntil
  print(
    until === null
      ? 'The password before is no longer valid'
      : `The password before is valid until ${minute(until)} UTC`,
  )
}

async function exportStore(store: string): Promise<void> {
  printJson(await withPool(loadSettings(), (pool) => exportDevices(pool, store)))
}

async function send(
  device: string,
  file: string,
  { topic, passwordFile, to, json }: { topic: string; passwordFile: string; to?: string; json?: boolean },
): Promise<void> {
  const settings = loadSettings()
  const payloads = messagesOf(file)
  const address = to ?? bridgeAddress(settings)
  const { publishAsDevice } = await import('../services/sources/publishing.ts')
  const certificateAuthorities = settings.caFile === '' ? undefined : readFileSync(settings.caFile)
  const password = readSecretFile(passwordFile)
  const sent = await publishAsDevice({ address, deviceId: device, password, topic, payloads, certificateAuthorities })
  if (json) return printJson({ sent })
  print(
    `${counted(sent, 'message')} acknowledged: the events are stored, and what breaks the contract is a dead letter`,
  )
}

function bridgeAddress({ mqttHost, mqttPort, httpsCertificateFile }: Settings): string {
  const name = mqttHost.includes(':') ? `[${mqttHost}]` : mqttHost
  return `${httpsCertificateFile === '' ? 'mqtt' : 'mqtts'}://${name}:${mqttPort}`
}

function messagesOf(file: string): Buffer[] {
  let content: Buffer
  try {
    content = readFileSync(file)
  } catch (error) {
    throw new UsageError(`${file} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
  if (!['.jsonl', '.ndjson'].includes(extname(file).toLowerCase())) return [content]
  return content
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => Buffer.from(text))
}

async function remove(device: string, { json }: { json?: boolean }): Promise<void> {
  await withPool(loadSettings(), (pool) => removeDevice(pool, device))
  if (json) return printJson({ removed: device })
  print(`${device} is removed: within seconds it can not sign in`)
}

const statusOf = ({ status, isSilent }: KnownDevice): string =>
  status === null ? 'never connected' : isSilent && status !== 'lost' ? `${status}, but silent` : status

function printDetails(device: KnownDevice): void {
  printTable(
    ['what', 'value'],
    [
      ['user name', device.deviceId],
      ['store', device.storeId],
      ['sensor', device.shelfId === null ? device.sensor : `${device.sensor}, ${device.shelfId}`],
      ['sends for', device.sourceIds.join(', ')],
      ['status', device.status === null ? statusOf(device) : `${statusOf(device)}, ${minute(device.statusAt)} UTC`],
      ['connected since', device.connectedAt === null ? '' : `${minute(device.connectedAt)} UTC`],
      ['connection ended', device.reason ?? ''],
      [
        'reports',
        device.reported === null
          ? ''
          : `${device.reportedTopic}: ${device.reported} (${minute(device.reportedAt)} UTC)`,
      ],
      ['password before valid until', device.previousUntil === null ? '' : `${minute(device.previousUntil)} UTC`],
      ['changed', `${minute(device.updatedAt)} UTC by ${device.changedBy}`],
    ],
  )
}

/** @returns whether there was a file for it */
function writePassword({ deviceId, password }: AddedDevice, file: string | undefined): boolean {
  if (file === undefined) return false
  try {
    writeFileSync(file, `${password}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new Error(
      `${file} can't be written (${(error as NodeJS.ErrnoException).code}); \`shelfline devices rotate ${deviceId} --keep-hours 0 --password-to FILE\` writes a new password to another one`,
    )
  }
  return true
}

function printPassword({ password }: AddedDevice, file: string | undefined): void {
  print(
    file === undefined
      ? `Its password is ${password}\nIt is shown only once; \`devices rotate\` makes another.`
      : `Its password is in ${file}; it is kept nowhere else`,
  )
}
