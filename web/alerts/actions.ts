import { Type } from 'typebox'
import { type Alert, acknowledgeAlerts, resolveAlerts, snoozeAlerts } from '../../services/alerts/alerts.ts'
import { action } from '../definition.ts'
import { texts } from '../texts.ts'
import { alert } from './shapes.ts'

const chosen = {
  alerts: Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { minItems: 1, maxItems: 1_000 }),
  why: Type.String({ minLength: 1, maxLength: 500 }),
}
const done = (alerts: Alert[]) => ({ text: texts.alerts.acted(alerts.length, alerts[0]!.status) })

export const alertActions = [
  action({
    path: '/alerts/acknowledge',
    permission: 'alerts.decide',
    summary: 'Acknowledge alerts: all of them or none',
    input: Type.Object(chosen),
    answer: Type.Array(alert),
    run: ({ pool, visitor }, { alerts, why }) => acknowledgeAlerts(pool, alerts, { by: visitor.person, why }),
    done,
  }),
  action({
    path: '/alerts/snooze',
    permission: 'alerts.decide',
    summary: 'Snooze alerts: all of them or none',
    input: Type.Object({ ...chosen, minutes: Type.Integer({ minimum: 1, maximum: 525_600 }) }),
    answer: Type.Array(alert),
    run: ({ pool, visitor }, { alerts, why, minutes }) =>
      snoozeAlerts(pool, alerts, { by: visitor.person, why }, { minutes }),
    done,
  }),
  action({
    path: '/alerts/resolve',
    permission: 'alerts.decide',
    summary: 'Resolve alerts: all of them or none; an alert whose cause persists opens again',
    input: Type.Object(chosen),
    answer: Type.Array(alert),
    run: ({ pool, visitor }, { alerts, why }) => resolveAlerts(pool, alerts, { by: visitor.person, why }),
    done,
  }),
]
