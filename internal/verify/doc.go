// Package verify proves a pipeline from its front door to its warehouse: it sends orders that carry a mark
// of their own and looks until the warehouse has each of them once, with the time each hop took.
package verify
