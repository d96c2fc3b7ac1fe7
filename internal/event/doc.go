// Package event holds what every other package agrees on: a record and its position, Kinesis
// sequence numbers, the stable reasons an event is quarantined for, facts that steps report, and
// errors that tell a person what to do.
//
// It imports nothing of ours and nothing heavy, so that the Lambda can carry it.
package event
