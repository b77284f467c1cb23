/** The JSON of a project. */

const SCHEMAS = 'https://developer.microsoft.com/json-schemas/fabric'

/** The address of one of Microsoft's schemas, by its path. */
export const schemaOf = (path: string): string => `${SCHEMAS}/${path}/schema.json`

export const jsonText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`
