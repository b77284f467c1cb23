/**
 * What is known of devices that send by MQTT, and of the lanes of tills.
 *
 * **State**: `state.device`, one row per device; `state.lane`, one row per lane. The alert `sensor_silent` reads the former.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - Of a device the connection that began last applies, whichever process reports it: a connection that ended after another has
 *   begun changes nothing. Of a connection its end applies.
 * - What a device has reported of itself stays when its connection ends. An empty report removes it.
 * - Of a lane the newest report applies, in whatever order they arrive.
 * - An event without a change, because a newer one arrived before, counts as a duplicate.
 */
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const deviceState = mergingProcessor('device_state', {
  device_status: 'merge_device_status',
  lane_status: 'merge_lane_status',
})
