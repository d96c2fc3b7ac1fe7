// Package app wires a pipeline: what starts, in which order, and why. It joins the stages with the
// adapters, which know nothing of each other, and answers the commands that ask a pipeline.
package app
