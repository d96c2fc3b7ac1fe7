// Package produce sends events to a Kinesis stream, Penstock's or Amazon's, and says exactly what
// became of each: acknowledged, or failed with the reason.
//
// A Source hands out records one at a time; a Producer gathers them into PutRecords calls, keeps a
// few calls in flight, sends the failed records of a partial failure again (and only those), and
// waits out an endpoint that is away for a while. Orders is a source of dummy orders, Files one of
// CSV and JSON files.
//
// It is a leaf: it knows the Kinesis API and nothing of Penstock's own.
package produce
