// Package catalog keeps, for each shard, what is planned, what is committed, and how far: the commit
// point between the lake and everything that reads it. DESIGN.md holds its invariants and formats.
package catalog
