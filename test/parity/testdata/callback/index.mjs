export const handler = async (event, context, callback) => {
  const records = event.records.map((record) => ({
    recordId: record.recordId,
    result: 'Ok',
    data: Buffer.from(Object.values(JSON.parse(Buffer.from(record.data, 'base64'))).map((v) => JSON.stringify(v)).join(',')).toString('base64'),
  }));
  callback(null, { records });
};
