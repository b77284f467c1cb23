import { cacheFolder, definitions } from './settings.ts'

/** The page `docs/settings.md`, made from the settings' own definitions. */
export function settingsPage(): string {
  const rows = Object.values(definitions).map((definition) => {
    const fallback = Array.isArray(definition.default) ? definition.default.join(',') : String(definition.default)
    const shown = fallback === '' ? '' : `\`${fallback.replace(cacheFolder(), '~/.cache/shelfline')}\``
    const instance = 'instance' in definition ? `\`${definition.instance}\`` : ''
    return `| \`${definition.environment}\` | ${shown} | ${instance} | ${definition.description} |`
  })
  return `# Settings

Made from \`platform/settings.ts\` by \`npm run docs\`; a test fails when this page is out of date.

A setting is read from the environment first, then from the running instance's \`instance.json\` (third column), then it has its default.
Every setting that does not parse is named at once, and the process stops with exit code 2. \`SHELFLINE_HOME\` names the instance's folder
(default: \`.shelfline\` in the checkout); \`XDG_CACHE_HOME\` moves the cache of downloads and builds.

| environment | default | in instance.json | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}
