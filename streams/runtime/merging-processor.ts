import type { TopicName } from '../../contracts/topics.ts'
import { preparedStatement } from './prepared-statement.ts'
import { jsonArray, type Processor } from './processor.ts'

/**
 * A processor of topics where the newest record per key counts.
 *
 * @param files by topic: the statement that merges a JSON array of its records and returns how many had something `new`;
 * the others count as duplicates
 */
export function mergingProcessor(name: string, files: Partial<Record<TopicName, string>>): Processor {
  const statements = new Map(Object.entries(files).map(([topic, file]) => [topic, preparedStatement(file)]))
  return {
    name,
    topics: Object.keys(files) as TopicName[],
    isMerging: true,
    async apply(client, { topic, values }) {
      const query = { ...statements.get(topic)!, values: [jsonArray(values)] }
      const { rows } = await client.query<{ new: number }>(query)
      const applied = rows[0]!.new
      return { applied, duplicate: values.length - applied, late: 0 }
    },
  }
}
