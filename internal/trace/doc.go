// Package trace follows single events: where one is on its way through a pipeline, and which arrive
// right now. It reads what the steps have written down and changes nothing.
package trace
