import { dashboard, lines, number } from './panels.ts'

export const platform = dashboard({
  uid: 'shelfline-platform',
  title: 'Platform',
  description: 'Whether the servers and workers are there, how loaded they are, and what is left of the error budgets.',
  from: 'now-6h',
  sections: [
    {
      title: 'Now',
      panels: [
        number('Alerts', [['count(ALERTS{alertstate="firing"}) or vector(0)', '']], {
          description: 'Alerts of Prometheus that are firing; each has a page in docs/runbooks/.',
          bad: 1,
        }),
        number('Workers', [['max by (kind) (shelfline_workers)', '{{kind}}']], {
          description: 'Workers of each kind with a current heartbeat.',
          width: 8,
        }),
        number('Servers', [['max by (server) (shelfline_server_up)', '{{server}}']], {
          description: '1 while a batch worker gets an answer.',
          bad: 1,
          lowIsBad: true,
          width: 8,
        }),
        number('What does not answer', [['count(up == 0) or vector(0)', '']], {
          description: 'Processes that Prometheus does not reach.',
          bad: 1,
        }),
      ],
    },
    {
      title: 'Objectives',
      panels: [
        lines('Error budget that is left', [['objective:budget_left', '{{objective}}']], {
          description:
            'Of 30 days: 100 % is all, below 0 the objective is not kept. docker/prometheus/objectives.ts has them.',
          unit: 'percentunit',
          width: 12,
        }),
        lines('Bad share, one hour', [['objective:bad_share:1h', '{{objective}}']], {
          description: 'Of events, or of time.',
          unit: 'percentunit',
          width: 12,
        }),
      ],
    },
    {
      title: 'Web application',
      panels: [
        lines(
          'Requests',
          [['sum by (status) (rate(shelfline_web_request_seconds_count[$__rate_interval]))', '{{status}}']],
          {
            description: 'By the status of the answer.',
            unit: 'reqps',
            stacked: true,
          },
        ),
        lines('Time of an answer', [['shelfline:web_request_seconds:p95', '95 %']], {
          description: 'Of all routes.',
          unit: 's',
        }),
        lines(
          'Slowest routes, 95 %',
          [
            [
              'topk(5, histogram_quantile(0.95, sum by (le, route) (rate(shelfline_web_request_seconds_bucket[15m]))) > 0)',
              '{{route}}',
            ],
          ],
          {
            description: 'Five routes.',
            unit: 's',
          },
        ),
      ],
    },
    {
      title: 'PostgreSQL',
      panels: [
        lines(
          'Sessions',
          [
            ['max by (state) (shelfline_postgres_connections)', '{{state}}'],
            ['max(shelfline_postgres_connections_max)', 'accepted at most'],
          ],
          { description: 'Of all clients.' },
        ),
        lines(
          'Transactions',
          [['max by (end) (rate(shelfline_postgres_transactions_total[$__rate_interval]))', '{{end}}']],
          {
            description: 'By how they ended.',
            unit: 'ops',
          },
        ),
        lines(
          'Read from memory',
          [
            [
              'max(rate(shelfline_postgres_blocks_total{from="memory"}[5m])) / (max(rate(shelfline_postgres_blocks_total{from="memory"}[5m])) + max(rate(shelfline_postgres_blocks_total{from="disk"}[5m])))',
              'share',
            ],
          ],
          {
            description: 'Share of blocks that need no disk.',
            unit: 'percentunit',
          },
        ),
        lines('Oldest transaction', [['max(shelfline_postgres_oldest_transaction_seconds)', 'age']], {
          description: 'It keeps old rows from being removed.',
          unit: 's',
        }),
        lines(
          'Waits and deadlocks',
          [
            ['max(shelfline_postgres_lock_waits)', 'sessions that wait for a lock'],
            ['max(increase(shelfline_postgres_deadlocks_total[5m]))', 'deadlocks within 5 minutes'],
          ],
          { description: 'A deadlock is ended by the server; the transaction is run again.' },
        ),
        lines(
          'Size',
          [
            ['max(shelfline_postgres_database_bytes)', 'database'],
            ['max(shelfline_postgres_slot_bytes)', 'kept for replication'],
          ],
          { description: 'On disk.', unit: 'bytes' },
        ),
        lines('Transaction ids', [['max(shelfline_postgres_transaction_id_age)', 'age']], {
          description: 'Vacuum keeps it below 200 million; the server stops at two thousand million.',
          width: 24,
        }),
      ],
    },
    {
      title: 'Kafka',
      panels: [
        lines('Brokers', [['max(shelfline_kafka_brokers)', 'brokers']], {
          description: 'Of the cluster that are there.',
        }),
        lines('Partitions', [['max by (state) (shelfline_kafka_partitions)', '{{state}}']], {
          description: 'All, those with a replica that is behind or away, and those without a leader.',
        }),
        lines('Lag of consumer groups', [['shelfline:group_lag_messages', '{{group}}']], {
          description:
            'By the offsets that groups commit to Kafka. Those of Shelfline count in the database: see Streams.',
        }),
      ],
    },
    {
      title: 'Object store and Temporal',
      panels: [
        lines(
          'Capacity of MinIO',
          [
            ['max(minio_cluster_capacity_usable_total_bytes)', 'usable'],
            ['max(minio_cluster_capacity_usable_free_bytes)', 'free'],
          ],
          { description: 'Of all drives.', unit: 'bytes' },
        ),
        lines('Requests to MinIO', [['sum by (api) (rate(minio_s3_requests_total[$__rate_interval]))', '{{api}}']], {
          description: 'By operation of S3.',
          unit: 'reqps',
        }),
        lines(
          'Requests to Temporal',
          [['topk(10, sum by (operation) (rate(service_requests[$__rate_interval])))', '{{operation}}']],
          {
            description: 'The ten most frequent operations.',
            unit: 'reqps',
          },
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        lines('Memory', [['process_resident_memory_bytes{job=~"worker-.*"}', '{{job}} {{instance}}']], {
          description: 'Resident memory of each worker.',
          unit: 'bytes',
        }),
        lines(
          'CPU',
          [['rate(process_cpu_seconds_total{job=~"worker-.*"}[$__rate_interval])', '{{job}} {{instance}}']],
          {
            description: 'Cores that each worker keeps busy.',
          },
        ),
        lines('Event loop, 99 %', [['nodejs_eventloop_lag_p99_seconds{job=~"worker-.*"}', '{{job}} {{instance}}']], {
          description: 'How late the event loop of a worker comes to its work.',
          unit: 's',
        }),
      ],
    },
  ],
})
