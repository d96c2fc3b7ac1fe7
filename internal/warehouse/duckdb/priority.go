package duckdb

import "runtime"

// queryNice is how much less of a busy processor a query gets than loads, in steps of nice(1): about a
// third for each thread. Several queries at once would otherwise leave loads, and the parent, a fraction
// of what they need.
const queryNice = 5

// behindLoads runs a query's work on a thread of its own with less weight than loads have. The thread
// ends with it, because a thread may not take its weight back.
func behindLoads(work func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends
		beNice(queryNice)
		done <- work()
	}()
	return <-done
}
