// Package kinesis is the front door: it speaks the wire protocol of Kinesis Data Streams over
// HTTP/1.1 and HTTP/2, so that a service which talks to AWS with any SDK only has to change its
// endpoint.
//
// It keeps nothing itself. Streams and records live behind the Log interface, and a record is
// answered with its sequence number only after Log.Append has made it durable. DESIGN.md in this
// folder says why the parts are as they are.
package kinesis
