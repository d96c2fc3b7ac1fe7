// Package stream is the durable, sharded log of Penstock. A record that Append has acknowledged
// survives kill -9 and power loss, keeps its place in its shard, and can be read back in order.
//
// It is NATS JetStream inside the process: no port, one JetStream stream for each shard, one
// message for each chunk of many records. DESIGN.md beside this file says why, what holds at
// every moment, and how the bytes lie on disk.
package stream
