import { dashboard, lines, number, rows, variable } from './panels.ts'

const chosen = 'processor=~"$processor"'

export const streams = dashboard({
  uid: 'shelfline-streams',
  title: 'Streams',
  description: 'From Kafka to the live state: how much, how fast, what waits and what was put aside.',
  from: 'now-6h',
  variables: [variable('processor', 'Processor', 'label_values(shelfline_stream_messages_total, processor)')],
  sections: [
    {
      title: 'Now',
      panels: [
        number('Messages behind', [[`sum(shelfline:position_lag_messages{${chosen}})`, '']], {
          description: 'Messages in Kafka that a processor has not worked off, by the positions in the database.',
        }),
        number('Longest standstill', [[`max(shelfline_position_wait_seconds{${chosen}})`, '']], {
          description: 'How long a processor has not moved on although messages wait.',
          unit: 's',
          bad: 300,
        }),
        number('Event to state, 99 %', [[`max(shelfline:stream_latency_seconds:p99{${chosen}})`, '']], {
          description: 'The slowest processor: 99 % of its messages took at most so long from Kafka to their effects.',
          unit: 's',
          bad: 5,
        }),
        number(
          'Dead letters, 24 h',
          [[`sum(increase(shelfline_stream_messages_total{outcome="dead", ${chosen}}[24h])) or vector(0)`, '']],
          {
            description: 'Messages that could not be applied, with a reason: `shelfline dlq list`.',
            bad: 1,
          },
        ),
        number('Partitions stopped', [[`sum(shelfline_stream_stopped_partitions{${chosen}})`, '']], {
          description: 'Partitions that are stopped until a person decides: `shelfline streams status`.',
          bad: 1,
        }),
        number('Stream workers', [['max(shelfline_workers{kind="stream"})', '']], {
          description: 'Workers with a current heartbeat.',
          bad: 1,
          lowIsBad: true,
        }),
      ],
    },
    {
      title: 'How much, how fast',
      panels: [
        lines(
          'Messages by outcome',
          [[`sum by (outcome) (shelfline:stream_messages:rate5m{${chosen}})`, '{{outcome}}']],
          {
            description: 'Every message ends in one outcome.',
            unit: 'ops',
            stacked: true,
          },
        ),
        lines(
          'Messages by processor',
          [[`sum by (processor) (shelfline:stream_messages:rate5m{${chosen}})`, '{{processor}}']],
          {
            description: 'All outcomes.',
            unit: 'ops',
          },
        ),
        lines('Messages behind', [[`shelfline:position_lag_messages{${chosen}}`, '{{processor}} {{topic}}']], {
          description: 'By the positions in the database, also while no stream worker runs.',
        }),
        lines(
          'From Kafka to effect',
          [
            [`shelfline:stream_latency_seconds:p50{${chosen}}`, '{{processor}} 50 %'],
            [`shelfline:stream_latency_seconds:p99{${chosen}}`, '{{processor}} 99 %'],
          ],
          { description: 'From the arrival of a message in Kafka to the commit of its effects.', unit: 's' },
        ),
        lines(
          'Batch, 99 %',
          [
            [
              `histogram_quantile(0.99, sum by (le, processor) (rate(shelfline_stream_batch_seconds_bucket{${chosen}}[$__rate_interval])))`,
              '{{processor}}',
            ],
          ],
          { description: 'From a batch in memory to its commit.', unit: 's' },
        ),
        lines(
          'Batches discarded',
          [
            [
              `sum by (processor) (rate(shelfline_stream_lost_batches_total{${chosen}}[$__rate_interval]))`,
              '{{processor}}',
            ],
          ],
          {
            description: 'Another worker had the partition by then; it does the work.',
            unit: 'ops',
          },
        ),
      ],
    },
    {
      title: 'What waits, what was put aside',
      panels: [
        lines(
          'Oldest message that waits for Kafka',
          [['max by (relay, topic) (shelfline_relay_oldest_seconds)', '{{relay}} {{topic}}']],
          {
            description: 'The oldest row of the outbox, and the oldest dead letter that is not in its topic.',
            unit: 's',
          },
        ),
        lines(
          'Messages set aside',
          [['max by (relay, topic, reason) (shelfline_relay_unsent_messages)', '{{topic}}: {{reason}}']],
          {
            description: 'Messages that Kafka rejects and that wait for a decision: `shelfline outbox list`.',
          },
        ),
        lines(
          'Sends that failed',
          [['sum by (producer) (rate(shelfline_producer_failed_sends_total[$__rate_interval]))', '{{producer}}']],
          {
            description: 'Sends to Kafka, after the retries of the client.',
            unit: 'ops',
          },
        ),
        lines(
          'Skips that wait',
          [[`max by (processor) (shelfline_stream_skips_waiting{${chosen}})`, '{{processor}}']],
          {
            description: 'Messages to skip that the processor has not reached yet.',
          },
        ),
        lines(
          'Background tasks that fail',
          [['max by (instance, chore) (shelfline_stream_chore_failing)', '{{instance}} {{chore}}']],
          {
            description: 'Pauses, skips and decisions that a worker can not follow.',
          },
        ),
        lines(
          'Workers by processor',
          [[`max by (processor) (shelfline_processor_workers{${chosen}})`, '{{processor}}']],
          {
            description: 'Workers with a current heartbeat that run the processor.',
          },
        ),
        rows(
          'Outcomes since the beginning',
          `select processor, topic, sum(consumed) as consumed, sum(applied) as applied, sum(duplicate) as duplicate,
  sum(late) as late, sum(dead) as dead, sum(lost) as lost, max(updated_at) as updated_at
from bi.stream_outcomes
group by processor, topic
order by processor, topic`,
          { description: 'applied + duplicate + late + dead = consumed.' },
        ),
        rows(
          'Dead letters by reason',
          `select topic, origin, reason, status, sum(letters) as letters, max(updated_at) as updated_at
from bi.dead_letters
where $__timeFilter(updated_at)
group by topic, origin, reason, status
order by letters desc
limit 100`,
          { description: 'Those of the chosen time.' },
        ),
      ],
    },
  ],
})
