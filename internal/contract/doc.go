// Package contract decides what an event is and makes it a row: it classifies (which contract takes
// the event), validates (is it what the contract declares) and transforms (one typed row, in the
// contract's order).
//
// Contracts are YAML files; Compile reads all of a pipeline's and reports every fault in them at
// once. The Set it returns is immutable and shared; each goroutine takes its own Processor from it.
//
// The package is pure: the same contracts and the same bytes always give the same outcome, on every
// machine. It knows no clock, no randomness, no files and no cgo, so that delivery can be repeated
// after a crash and the Lambda can carry it. DESIGN.md says how it works inside; docs/contracts.md is
// the reference of the file.
package contract
