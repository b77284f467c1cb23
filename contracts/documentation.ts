import { fieldsOf } from './avro.ts'
import { DAY_MS } from './calendar.ts'
import { stateTopicNames, topicNames, topics } from './topics.ts'

/** The page `docs/topics.md`, made from the catalogue. */
export function topicsPage(): string {
  const parts = topicNames.map((name) => {
    const topic = topics[name]
    const kept = topic.cleanup === 'compact' ? 'newest record per key' : `${topic.retentionMs / DAY_MS} days`
    const rows = fieldsOf(topic).map(
      ({ name: field, kind, optional, description, values }) =>
        `| \`${field}\` | ${values ? values.map((value) => `\`${value}\``).join(' ') : kind} | ${optional ? '' : 'yes'} | ${description} |`,
    )
    return `## ${name}

${topic.description} ${topic.partitions} partition${topic.partitions === 1 ? '' : 's'}, kept: ${kept}, schema version ${topic.schemaVersion}. Avro: [\`${name}.avsc\`](avro/${name}.avsc)

| field | type | required | meaning |
|---|---|---|---|
${rows.join('\n')}
`
  })
  return `# Topics

Made from \`contracts/\` by \`npm run docs\`; a test fails when this page is out of date.

Events are JSON objects, keyed by \`store_id\` unless the table has another key. Decimals are text (\`"12.50"\`), instants are RFC 3339 with the store's own offset.
A field that is not required may be missing or null. Fields that a contract doesn't know are ignored, in the raw lake too.
A message has at most 256 kB, is nested at most 32 deep and is of a day from 2000-01-01 on ([settings](settings.md)); else it is a dead letter.
Dead letters of a topic go to \`<topic>.dlq\`.

${parts.join('\n')}
## Compacted state

These carry live state and decisions, as the [processors](processors.md) and jobs write them: ${stateTopicNames.map((name) => `\`${name}\``).join(', ')}.
`
}
