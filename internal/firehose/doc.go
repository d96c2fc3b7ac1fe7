// Package firehose is the contract between Data Firehose and a Lambda function that transforms its
// records: the event, the answer, the limits, the failures Firehose writes down, and a Transformer that
// runs a pipeline's contracts behind it.
//
// It is pure Go without cgo: the Lambda carries it, and a pipeline on one machine that behaves as on AWS
// uses the same code from the other side. DESIGN.md says what is known of Firehose, and from where.
package firehose
