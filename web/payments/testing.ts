/** What the pages about payments show in tests: an unpaid sale, refunds with and without goods, and a charge-back. */
export const paymentSeed: readonly string[] = [
  `insert into state.sale_transaction (store_id, transaction_id, sold, returned, lines, till_id, cashier_id, original_transaction_id, first_at, last_at)
   select store_id, id, sold, returned, 1, till, cashier, original, now() - hours * interval '1 hour', now() - hours * interval '1 hour'
   from (values
     ('367', 'paid-1', 20.00, 0, 'till-1', '4', null, 30), ('367', 'unpaid-1', 48.10, 0, 'till-1', '4', null, 20),
     ('367', 'return-1', 0, 5.00, 'till-2', '5', 'paid-1', 10), ('406', 'unpaid-2', 7.00, 0, null, null, null, 20)
   ) as sale (store_id, id, sold, returned, till, cashier, original, hours)`,
  `insert into state.payment (store_id, transaction_id, authorised, voided, captured, refunded, charged_back, charge_backs_won, declines, risk_score, first_at, last_at)
   select store_id, id, 0, 0, captured, refunded, charged_back, 0, declines, risk, now() - hours * interval '1 hour', now() - hours * interval '1 hour'
   from (values
     ('367', 'paid-1', 20.00, 0, 20.00, 0, 12, 2), ('367', 'unpaid-1', 0, 0, 0, 2, null, 20), ('367', 'return-1', 0, 5.00, 0, 0, null, 10),
     ('367', 'false-<1>', 0, 90.00, 0, 0, 85, 9), ('406', 'paid-2', 3.00, 0, 0, 0, null, 2)
   ) as payment (store_id, id, captured, refunded, charged_back, declines, risk, hours)`,
  `insert into state.refund (store_id, transaction_id, till_id, cashier_id, amount, refunds, first_at, last_at)
   values ('367', 'return-1', 'till-2', '5', 5.00, 1, now() - interval '10 hours', now() - interval '10 hours'),
     ('367', 'false-<1>', 'till-1', '4', 90.00, 1, now() - interval '9 hours', now() - interval '9 hours')`,
]
