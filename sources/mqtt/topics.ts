/** Which source a message belongs to, by its MQTT topic. */

const SOURCE_TOPIC = /^ingest\/v1\/([^/]+)(?:\/|$)/

/** The topics on which a device reports its own state. */
export const ownTopics = (deviceId: string): string => `devices/${deviceId}/`

/** Whether a filter of MQTT, with `+` for one level and `#` for the rest, has a topic. */
export function matches(filter: string, topic: string): boolean {
  // Topics that begin with $ are of brokers.
  if (topic.startsWith('$')) return false
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}

/** @returns the first of the sources that a topic belongs to; undefined: none */
export function sourceOf<Source extends { sourceId: string; mqttFilter: string | null }>(
  topic: string,
  sources: readonly Source[],
): Source | undefined {
  const [, named] = SOURCE_TOPIC.exec(topic) ?? []
  return sources.find(
    ({ sourceId, mqttFilter }) => sourceId === named || (mqttFilter !== null && matches(mqttFilter, topic)),
  )
}
