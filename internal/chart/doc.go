// Package chart reads dashboards as people declare them in dashboards/*.yaml, and turns each chart,
// with the range and filters a reader has chosen, into SQL that DuckDB and Snowflake both understand.
// It runs no SQL.
package chart
