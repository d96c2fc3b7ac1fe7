// A handler that returns, and fails what is no order.
export async function handler(event) {
  const records = event.records.map(({ recordId, data }) => {
    try {
      const order = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
      if (!order.order_id || !Number.isInteger(order.product_quantity)) return { recordId, result: 'ProcessingFailed', data };
      return { recordId, result: 'Ok', data: Buffer.from(Object.values(order).join(',') + '\n').toString('base64') };
    } catch {
      return { recordId, result: 'ProcessingFailed', data };
    }
  });
  return { records };
}
