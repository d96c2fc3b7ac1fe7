// Package examples carries the example pipelines inside the binary, so that `penstock demo` and
// `penstock new` work without the sources.
package examples

import "embed"

// Files holds each example in a folder of its name.
//
//go:embed orders/pipeline.yaml orders/contracts orders/dashboards
//go:embed retail/pipeline.yaml retail/contracts retail/dashboards
var Files embed.FS

// Starter is what `penstock new` makes a pipeline of when it is given no events: a few of two types,
// as NDJSON.
//
//go:embed starter/events.ndjson
var Starter []byte
