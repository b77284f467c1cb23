/** Whether contracts may follow those of a release: who reads or writes the old ones must not have to change. */
import avsc from 'avsc'

/** A field of a record of Avro. */
interface AvroField {
  name: string
  type: unknown
}

export interface AvroRecord {
  type: 'record'
  name: string
  fields: AvroField[]
}

/**
 * What is wrong with a contract after another, a sentence each: readers of either must be able to read what is written with the other
 * (what registries call FULL).
 */
export function incompatibilities(before: AvroRecord, after: AvroRecord): string[] {
  const problems: string[] = []
  const [old, now] = [avsc.Type.forSchema(before as avsc.Schema), avsc.Type.forSchema(after as avsc.Schema)]
  const why = (reader: avsc.Type, writer: avsc.Type): string | undefined => {
    try {
      reader.createResolver(writer)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  const backward = why(now, old)
  if (backward !== undefined) problems.push(`${after.name}: what is written already can't be read: ${backward}`)
  const forward = why(old, now)
  if (forward !== undefined) problems.push(`${after.name}: readers of the release can't read it: ${forward}`)
  return [...problems, ...changedLogicalTypes(before, after)]
}

/** A decimal of another scale is other money, and Avro's resolution does not look at it. */
function changedLogicalTypes(before: AvroRecord, after: AvroRecord): string[] {
  const now = new Map(after.fields.map(({ name, type }) => [name, meaningOf(type)]))
  return before.fields.flatMap(({ name, type }) => {
    const [old, other] = [meaningOf(type), now.get(name)]
    return other === undefined || other === old
      ? []
      : [`${after.name}.${name}: was ${old || 'plain'}, is ${other || 'plain'}`]
  })
}

function meaningOf(type: unknown): string {
  const types = Array.isArray(type) ? type : [type]
  const named = types.flatMap((one) => {
    const { logicalType, precision, scale } = (typeof one === 'object' ? one : {}) as Record<string, unknown>
    return logicalType === undefined ? [] : `${logicalType}(${precision ?? ''}, ${scale ?? ''})`
  })
  return named.join(' ')
}
