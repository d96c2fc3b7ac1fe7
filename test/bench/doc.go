// Command bench measures the real binary on this machine and prints what it found, with a JSON
// file beside it:
//
//	go run ./test/bench -binary bin/penstock -out bench/results
//
// Each run starts `penstock up` on a fresh data folder, drives it from outside by its APIs, and
// takes CPU and memory from /proc. docs/benchmarks.md says what each figure means. The load
// generator is part of this process, on the same cores.
package main
