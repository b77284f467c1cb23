/** Where other systems, whose captured rows become events, have customers. */
import { contractFields, type MappedFields } from '../../activities/privacy/customer.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { parseCdcMap } from '../../sources/cdc/cdc-map.ts'
import { readCdcMaps } from '../../sources/cdc/definition.ts'
import type { EventMap } from '../../sources/map.ts'
import { customerFieldsOf } from '../../streams/privacy/customer-door.ts'

/** Of every map. @throws SourceError when one can't be read */
export async function readMappedFields(pool: Pool): Promise<MappedFields[]> {
  return (await readCdcMaps(pool)).map(({ mapId, from: changeTopic, topic, map }) => {
    const { rows, deletes } = parseCdcMap(map, `of ${mapId}`)
    const columns = [rows, ...(deletes === undefined ? [] : [deletes])].flatMap(columnsWithCustomers)
    return { mapId, changeTopic, topic, fields: [...new Set([...contractFields, ...columns])] }
  })
}

/** `before.loyalty` is `loyalty` as it was, and `details.loyalty` is within JSON. */
const columnsWithCustomers = ({ topic, columns }: EventMap): string[] =>
  customerFieldsOf(topic).flatMap((field) => columns[field]?.columns.map((name) => name.split('.').at(-1)!) ?? [])
