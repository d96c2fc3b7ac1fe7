// Package load puts as many events on a Kinesis endpoint as it takes, at next to no cost of its
// own, so that a measurement is of the endpoint.
//
// Requests are encoded once. From one sending to the next only three fields of each event change,
// in place in the base64: its id, the end of its order_id, and generate_date. They stand at
// multiples of three bytes in the event and are multiples of three bytes long, so each is a run of
// whole base64 groups. A connection is a net.Conn; the answer is read for its status and for
// "FailedRecordCount":0, and parsed only when that is missing.
package load
