import { group } from './figure.ts'

const due =
  'bi.fact_purchase_order where expected_date between $1 and $2 and sent_at is not null and ordered_quantity > cancelled_quantity'
const dueRows =
  'CALCULATETABLE ( FILTER ( fact_purchase_order, NOT ISBLANK ( fact_purchase_order[sent_at] ) && fact_purchase_order[ordered_quantity] > fact_purchase_order[cancelled_quantity] ), USERELATIONSHIP ( fact_purchase_order[expected_date], dim_date[calendar_date] ) )'

export const supplyFigures = group(
  'Suppliers and orders',
  'Of the lines of orders that were due from the first to the last day.',
  [
    {
      name: 'on_time',
      title: 'On time',
      meaning: 'Share of the lines of which all goods came by the expected day.',
      unit: 'share',
      direction: 'up',
      sql: `select avg((coalesce(received_at::date <= expected_date, false) and received_quantity >= ordered_quantity - cancelled_quantity)::integer) as value
      from ${due}`,
      dax: `AVERAGEX ( ${dueRows}, IF ( NOT ISBLANK ( fact_purchase_order[received_at] ) && INT ( fact_purchase_order[received_at] ) <= fact_purchase_order[expected_date] && fact_purchase_order[received_quantity] >= fact_purchase_order[ordered_quantity] - fact_purchase_order[cancelled_quantity], 1, 0 ) )`,
    },
    {
      name: 'in_full',
      title: 'In full',
      meaning: 'Share of the lines of which everything that was ordered came undamaged, on time or not.',
      unit: 'share',
      direction: 'up',
      sql: `select avg((received_quantity - damaged_quantity >= ordered_quantity)::integer) as value from ${due}`,
      dax: `AVERAGEX ( ${dueRows}, IF ( fact_purchase_order[received_quantity] - fact_purchase_order[damaged_quantity] >= fact_purchase_order[ordered_quantity], 1, 0 ) )`,
    },
    {
      name: 'ordered_value',
      title: 'Ordered',
      meaning: 'Value of the lines of the orders of the days, at agreed prices.',
      unit: 'money',
      direction: null,
      sql: 'select sum(ordered_quantity * unit_cost) as value from bi.fact_purchase_order where order_date between $1 and $2 and sent_at is not null',
      dax: 'SUMX ( FILTER ( fact_purchase_order, NOT ISBLANK ( fact_purchase_order[sent_at] ) ), fact_purchase_order[ordered_quantity] * fact_purchase_order[unit_cost] )',
    },
    {
      name: 'value_added_by_edits',
      title: 'Value added by edits',
      meaning:
        'By how much the edits of people were nearer to what was needed than the proposals, at cost; negative: the proposals were better.',
      unit: 'money',
      direction: 'up',
      sql: 'select sum(value_added) as value from bi.proposals_against_edits where order_date between $1 and $2',
      dax: 'SUM ( proposals_against_edits[value_added] )',
    },
  ],
)
