import { cacheFolder, definitions } from './settings.ts'

export interface StackSetting {
  environment: string
  default?: string | number
  description: string
}

/** The page `docs/settings.md`, made from the settings' own definitions and those of the native stack. */
export function settingsPage(stack: readonly StackSetting[]): string {
  const rows = Object.values(definitions).map((definition) => {
    const fallback = asText(definition.default)
    const shown = fallback === '' ? '' : `\`${fallback.replace(cacheFolder(), '~/.cache/shelfline')}\``
    const instance = 'instance' in definition ? `\`${definition.instance}\`` : ''
    return `| \`${definition.environment}\` | ${shown} | ${instance} | ${definition.description} |`
  })
  return `# Settings

Made from \`platform/settings/settings.ts\` by \`npm run docs\`; a test fails when this page is out of date.

A setting is read from the environment, then from the running instance's \`instance.json\` (third column), then its default applies.
If a setting is not valid, the process prints all such settings and exits with code 2. \`SHELFLINE_HOME\` names the instance's folder
(default: \`.shelfline\` in the checkout); \`XDG_CACHE_HOME\` moves the cache of downloads and builds.

| environment | default | in instance.json | meaning |
|---|---|---|---|
${rows.join('\n')}

## Native servers

These are read where the servers are started (\`./scripts/run\`, \`shelfline stack up\`), natively or by Compose.

| environment | default | meaning |
|---|---|---|
${stack.map(stackRow).join('\n')}
`
}

function stackRow({ environment, default: fallback, description }: StackSetting): string {
  return `| \`${environment}\` | ${fallback === undefined ? '' : `\`${fallback}\``} | ${description} |`
}

/** A default as it would be written in the environment. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, part]) => `${name}=${part}`)
    .join(',')
}
