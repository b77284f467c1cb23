import { expect, test } from 'vitest'
import { customerFieldsOf, removeCustomers, topicsWithCustomers } from './customer-door.ts'

test.each(topicsWithCustomers)(
  'a processor that needs no customers sees none in %s, nor what their sender wrote',
  (topic) => {
    const [field] = customerFieldsOf(topic)
    const written = { [field!]: ' C1 ', product_id: ' tea ' }
    const events = [
      { event_id: 'a', [field!]: 'C1', original_ids: JSON.stringify(written) },
      { event_id: 'b', [field!]: null },
      { event_id: 'c' },
    ]
    removeCustomers(topic, events)
    expect(events).toEqual([
      { event_id: 'a', [field!]: null, original_ids: '{"product_id":" tea "}' },
      { event_id: 'b', [field!]: null },
      { event_id: 'c' },
    ])
  },
)
