// Package examples carries the example pipelines inside the binary, so that `penstock demo` works
// without the sources.
package examples

import "embed"

// Files holds each example in a folder of its name.
//
//go:embed orders/pipeline.yaml orders/contracts
var Files embed.FS
