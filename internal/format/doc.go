// Package format turns the rows of one table into lake files: CSV by RFC 4180, or Parquet.
//
// Every file begins with the three metadata columns and then follows the contract's order. NULL
// and the empty string stay different in both formats. The same rows always give the same bytes,
// so a plan that is finished again after a crash meets its own earlier files. DESIGN.md holds the
// rules of the files.
package format
