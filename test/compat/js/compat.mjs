// Drives a Kinesis endpoint with the AWS SDK for JavaScript, whose default for Kinesis is HTTP/2:
// without TLS it speaks it without asking first. Ends with exit code 0 if everything is as AWS does it.
//
//   PENSTOCK_ENDPOINT=http://127.0.0.1:4567 node compat.mjs
import assert from "node:assert/strict";
import * as k from "@aws-sdk/client-kinesis";

const endpoint = process.env.PENSTOCK_ENDPOINT ?? "http://127.0.0.1:4567";
const client = new k.KinesisClient({
  endpoint,
  region: process.env.AWS_REGION ?? "us-east-1",
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? "test",
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? "test",
  },
  maxAttempts: 2,
});
const StreamName = `js-compat-${process.pid}-${Date.now()}`;
const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (string) => new TextEncoder().encode(string);

async function fails(command, name, message) {
  await assert.rejects(client.send(command), (error) => {
    assert.equal(error.name, name, `${error.name}: ${error.message}`);
    assert.match(error.message, message);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    return true;
  });
}

const steps = {
  async "create, wait, describe, list"() {
    await client.send(new k.CreateStreamCommand({ StreamName, ShardCount: 2, Tags: { made: "by js" } }));
    await k.waitUntilStreamExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 2 }, { StreamName });
    const { StreamDescription: d } = await client.send(new k.DescribeStreamCommand({ StreamName }));
    assert.equal(d.StreamStatus, "ACTIVE");
    assert.deepEqual(d.Shards.map((s) => s.ShardId), ["shardId-000000000000", "shardId-000000000001"]);
    assert.equal(d.Shards[0].HashKeyRange.EndingHashKey, "170141183460469231731687303715884105727");
    assert.ok(Math.abs(Date.now() - d.StreamCreationTimestamp) < 3600_000);
    const { StreamDescriptionSummary: s } = await client.send(new k.DescribeStreamSummaryCommand({ StreamARN: d.StreamARN }));
    assert.equal(s.OpenShardCount, 2);
    const { StreamNames } = await client.send(new k.ListStreamsCommand({}));
    assert.ok(StreamNames.includes(StreamName));
    const { Shards } = await client.send(new k.ListShardsCommand({ StreamName, ShardFilter: { Type: "AT_LATEST" } }));
    assert.equal(Shards.length, 2);
  },

  async "put and read back, many at a time"() {
    const sent = Array.from({ length: 400 }, (_, i) => ({
      Data: bytes(JSON.stringify({ i, note: "ä😀\u0000".repeat(i % 7) })),
      PartitionKey: `kunde-ü-${i % 40}`,
    }));
    const put = await client.send(new k.PutRecordsCommand({ StreamName, Records: sent }));
    assert.equal(put.FailedRecordCount, 0);
    const one = await client.send(new k.PutRecordCommand({ StreamName, Data: bytes("one"), PartitionKey: "x", ExplicitHashKey: "0" }));
    assert.equal(one.ShardId, "shardId-000000000000");
    const read = new Map();
    for (const ShardId of ["shardId-000000000000", "shardId-000000000001"]) {
      let last = 0n;
      for (const r of await readAll({ ShardId, ShardIteratorType: "TRIM_HORIZON" })) {
        assert.ok(BigInt(r.SequenceNumber) > last, "sequence numbers increase");
        last = BigInt(r.SequenceNumber);
        read.set(`${ShardId}/${r.SequenceNumber}`, r);
      }
    }
    assert.equal(read.size, 401);
    put.Records.forEach((r, i) => {
      const got = read.get(`${r.ShardId}/${r.SequenceNumber}`);
      assert.equal(text(got.Data), text(sent[i].Data));
      assert.equal(got.PartitionKey, sent[i].PartitionKey);
    });
    assert.equal(text(read.get(`${one.ShardId}/${one.SequenceNumber}`).Data), "one");
  },

  async "requests beside each other on one connection"() {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) =>
      client.send(new k.PutRecordCommand({ StreamName, Data: bytes(`p${i}`), PartitionKey: `p${i}` }))));
    assert.equal(new Set(results.map((r) => r.ShardId + r.SequenceNumber)).size, 50);
  },

  async "all five types of iterators"() {
    const ShardId = "shardId-000000000000";
    const before = new Date();
    const put = async (data) => (await client.send(
      new k.PutRecordCommand({ StreamName, Data: bytes(data), PartitionKey: "x", ExplicitHashKey: "1" }))).SequenceNumber;
    const latest = await iterator({ ShardId, ShardIteratorType: "LATEST" });
    const [a, b] = [await put("a"), await put("b")];
    const from = async (position) => (await readAll({ ShardId, ...position })).map((r) => text(r.Data));
    assert.deepEqual((await readAll({}, latest)).map((r) => text(r.Data)), ["a", "b"]);
    assert.deepEqual(await from({ ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber: a }), ["a", "b"]);
    assert.deepEqual(await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: a }), ["b"]);
    assert.deepEqual(await from({ ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: b }), []);
    assert.deepEqual((await from({ ShardIteratorType: "AT_TIMESTAMP", Timestamp: before })).slice(-2), ["a", "b"]);
    assert.ok((await from({ ShardIteratorType: "TRIM_HORIZON" })).length > 2);
  },

  async "tags and retention"() {
    await client.send(new k.AddTagsToStreamCommand({ StreamName, Tags: { a: "1", b: "2" } }));
    await client.send(new k.RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["a"] }));
    const { Tags } = await client.send(new k.ListTagsForStreamCommand({ StreamName }));
    assert.deepEqual(Tags, [{ Key: "b", Value: "2" }, { Key: "made", Value: "by js" }]);
    await client.send(new k.IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }));
    await fails(new k.IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 }), "InvalidArgumentException", /shorter than existing/);
    await client.send(new k.DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 24 }));
  },

  async "errors have AWS's names"() {
    const record = { StreamName, Data: bytes("x"), PartitionKey: "x" };
    await fails(new k.PutRecordCommand({ ...record, StreamName: "no-such-stream" }), "ResourceNotFoundException", /not found\.$/);
    await fails(new k.PutRecordCommand({ ...record, PartitionKey: "" }), "ValidationException", /^1 validation error detected: Value '' at 'partitionKey'/);
    await fails(new k.PutRecordCommand({ ...record, Data: new Uint8Array(2 ** 20) }), "ValidationException", /data/);
    await fails(new k.PutRecordsCommand({ StreamName, Records: Array(501).fill(record) }), "ValidationException", /'records'.*less than or equal to 500/);
    await fails(new k.PutRecordCommand({ ...record, DryRun: true }), "DryRunOperationException", /would have succeeded/);
    await fails(new k.CreateStreamCommand({ StreamName, ShardCount: 1 }), "ResourceInUseException", /already exists/);
    await fails(new k.GetRecordsCommand({ ShardIterator: "AAAA" }), "InvalidArgumentException", /Invalid ShardIterator/);
    await fails(new k.GetShardIteratorCommand({ StreamName, ShardId: "shardId-000000000007", ShardIteratorType: "LATEST" }), "ResourceNotFoundException", /does not exist/);
    await fails(new k.UpdateShardCountCommand({ StreamName, TargetShardCount: 4, ScalingType: "UNIFORM_SCALING" }), "UnsupportedOperationException", /fixed when it is created/);
  },

  async "delete"() {
    await client.send(new k.DeleteStreamCommand({ StreamName }));
    await k.waitUntilStreamNotExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 2 }, { StreamName });
  },
};

async function iterator(position) {
  return (await client.send(new k.GetShardIteratorCommand({ StreamName, ...position }))).ShardIterator;
}

// readAll reads until a shard's end.
async function readAll(position, ShardIterator) {
  ShardIterator ??= await iterator(position);
  for (const all = []; ;) {
    const got = await client.send(new k.GetRecordsCommand({ ShardIterator, Limit: 150 }));
    if (got.Records.length === 0) {
      assert.equal(got.MillisBehindLatest, 0);
      return all;
    }
    all.push(...got.Records);
    assert.notEqual(got.NextShardIterator, ShardIterator);
    ShardIterator = got.NextShardIterator;
  }
}

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok  ${name}`);
}
client.destroy();
