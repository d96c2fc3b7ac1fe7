package processor

import "github.com/penstock/penstock/internal/event"

// Result is what becomes of one record. Without outputs it is dropped.
type Result struct{ Outputs []Output }

// Output is a piece of an object.
type Output struct {
	// Object says which one: equal texts are one object. Processor.Name names it.
	Object string
	// Line is appended to the object as it is.
	Line []byte
	// Table is the table whose row Line is, by shape and position; empty when it cannot be loaded.
	// At most one output of a record has one.
	Table string
	// Plain objects are not compressed: Firehose's error output is made to be read.
	Plain bool
	// Reason and Contract are of a row of the quarantine.
	Reason   event.Reason
	Contract string
}
