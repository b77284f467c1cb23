/** A till's message of a sale, as benches send it: 1,000 stores, 50,000 products, 8 lines a basket. */
export const saleMessage = (index: number, customerId: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      event_id: `sale-${index}`,
      source: 'bench',
      schema_version: 1,
      store_id: String(index % 1000),
      event_at: '2017-03-01T18:05:00-05:00',
      transaction_id: `basket-${index >> 3}`,
      line_no: index % 8,
      product_id: String(index % 50_000),
      quantity: '1',
      unit_price: `${index % 97}.50`,
      discount: '0.00',
      customer_id: customerId,
      payment_method: 'card',
    }),
  )
