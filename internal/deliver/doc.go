// Package deliver is the delivery stream: it reads a shard of the log in order, runs the contracts,
// buffers rows, and turns them into committed lake files.
//
// A Worker delivers one shard; a Redriver sends quarantined events through the present contracts
// again. DESIGN.md says what happens when a process dies at any point in between.
package deliver
