// Package format tests that DuckDB reads the files internal/format writes as what they mean. It
// stands apart from the package because it needs cgo, which the package does without.
package format
