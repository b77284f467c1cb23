import { kafkaRightsTable } from './stack/kafka-rights.ts'

/** The page `docs/rights.md`: what each process may do at which server. */
export function rightsPage(): string {
  return `# Rights of processes

Made from \`scripts/stack/kafka-rights.ts\` by \`npm run docs\`; a test fails when this page is out of date. In a
[secure instance](security.md#encrypted-connections) these are the rules of its servers; give processes the same rights at servers of your own.

## Kafka

What is not listed is denied. A right includes \`describe\`.

${kafkaRightsTable()}

The superuser \`kafka\` sets users and rules up. It is known by its certificate alone, and no process has it.

## Temporal

Each process has a certificate of its own; one of the instance's authority is let in. The right to start a workflow is not the right to decide about orders:
decisions are rows that the web application and the commands write for an authenticated person ([who acts](security.md#who-acts)).

## PostgreSQL

\`shelfline_web\` sees what the person that it acts for may see, by row-level security. \`shelfline_app\` is for commands and the other workers. Each shows a certificate with
its name beside its password.
`
}
