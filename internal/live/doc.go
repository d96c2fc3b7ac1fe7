// Package live keeps the charts that people look at up to date: one query serves all who look at the
// same chart in the same state, and nothing runs when nobody looks. See DESIGN.md.
package live
