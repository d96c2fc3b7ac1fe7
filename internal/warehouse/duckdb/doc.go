// Package duckdb is the embedded warehouse: DuckDB in a supervised child process of the same binary.
// It is the only door to DuckDB and to cgo.
//
// Client runs in the parent and restarts the child when it dies; ServeChild is the child. DESIGN.md
// says why, and what holds.
package duckdb
