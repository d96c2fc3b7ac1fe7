// The control of the run "transformer": a handler that only parses events and joins their values, as a
// first one is often written. It validates nothing. Usage: node transformer.mjs EVENT.json CALLS
import { readFileSync } from 'node:fs';

const handler = async (event) => ({
  records: event.records.map((record) => ({
    recordId: record.recordId,
    result: 'Ok',
    data: Buffer.from(Object.values(JSON.parse(Buffer.from(record.data, 'base64').toString('utf8'))).join(',') + '\n').toString('base64'),
  })),
});

const text = readFileSync(process.argv[2], 'utf8');
const calls = Number(process.argv[3]);
const call = async () => JSON.stringify(await handler(JSON.parse(text)));
for (let i = 0; i < 200; i++) await call(); // compiled by then
const before = process.cpuUsage();
let bytes = 0;
for (let i = 0; i < calls; i++) bytes += (await call()).length;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ microseconds: user + system, bytes }));
