// Package pipeline reads a pipeline's folder: pipeline.yaml and the contracts beside it.
//
// Load either returns a complete Pipeline, every default filled in, or every fault of every file at
// once, each with its line and what to write instead.
package pipeline
