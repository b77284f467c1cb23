import { fieldsOf } from '../contracts/avro.ts'
import { type DataClass, dataClasses } from '../contracts/data-classes.ts'
import { topicNames, topics } from '../contracts/topics.ts'
import { columnClasses } from '../platform/postgres/rights/column-classes.ts'

const names = Object.keys(dataClasses) as DataClass[]

/** The page `docs/personal-data.md`: which columns are about people, and what follows. */
export function personalDataPage(): string {
  return `# Data about people

Made by \`npm run docs\` from the contracts and \`platform/postgres/rights/column-classes.ts\`; a test fails when this page is out of date, and another when
a new column has a name like one of these and is in no class. No other column is about people. What is done with them: [security](security.md#customers).

| class | what it is | what is done | how long |
|---|---|---|---|
${names.map((name) => `| ${name} | ${dataClasses[name].meaning} | ${dataClasses[name].treatment} | ${dataClasses[name].kept} |`).join('\n')}

## In messages, and in the raw lake

| topic | field | class |
|---|---|---|
${messageRows().join('\n')}

In \`raw/<topic>\` the fields have the same class, a customer under a pseudonym; \`payload\`, of messages that break their contract, is free text. \`cleansed/sales\`
has \`customer_id\`. No other table of the lake, no feature and no evidence of a model has a column about people: models read baskets, not customers.

## In the database

| class | columns |
|---|---|
${names.map((name) => `| ${name} | ${columnClasses[name].map((column) => `\`${column}\``).join(', ')} |`).join('\n')}

## In reports

\`bi.fact_sales.customer_id\` and \`bi.customer_analytics.customer\` have another pseudonym, which no reader can compute; a login of
\`shelfline privacy allow\` sees in \`bi.fact_sales\` the one that Shelfline itself uses. Who has decided is shown in four views: \`bi.forecast_overrides\`, \`bi.live_alerts\`,
\`bi.proposals_against_edits\` and \`bi.transfers\`. No view has a contact or a secret.
`
}

function messageRows(): string[] {
  return topicNames
    .flatMap((topic) =>
      fieldsOf(topics[topic]).flatMap(({ name, dataClass }) =>
        // Every message may have it: one row shows it.
        dataClass === undefined || name === 'original_ids' ? [] : [`| \`${topic}\` | \`${name}\` | ${dataClass} |`],
      ),
    )
    .concat('| all | `original_ids` | free text |')
}
