export const workerKinds = ['stream', 'batch', 'web', 'receive', 'cdc', 'predict', 'files', 'avro', 'mqtt'] as const
export type WorkerKind = (typeof workerKinds)[number]

/** Without one of these nothing continues: the others are optional. */
export const isNeeded = (kind: WorkerKind): boolean => kind === 'stream' || kind === 'batch'
