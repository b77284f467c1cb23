import { Type } from 'typebox'
import { alertStatuses, severities } from '../../services/alerts/alerts.ts'
import { anyObject, choice, count, decimal, instant, instantText, nullable, text } from '../shapes.ts'

const listed = {
  alert_id: count,
  alert_type: text,
  store_id: text,
  product_id: nullable(text),
  product: nullable(text),
  severity: choice(severities),
  impact: nullable(decimal),
  currency: nullable(text),
  message: text,
  members: count,
  status: choice(alertStatuses),
  status_by: nullable(text),
  first_seen: instant,
  last_seen: instant,
  time_zone: text,
}

export const listedAlert = Type.Object(listed)

export const alert = Type.Object({
  ...listed,
  meaning: text,
  store: nullable(text),
  evidence: anyObject,
  recommended_quantity: nullable(decimal),
  status_why: nullable(text),
  snoozed_until: nullable(instant),
  resolved_at: nullable(instant),
  actions: Type.Array(
    Type.Object({ action: text, by: text, why: text, until: nullable(instantText), at: instantText }),
  ),
})
