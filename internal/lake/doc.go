// Package lake stores the immutable files of the data lake, on a folder or on S3, and names them.
//
// An object is written once, whole, and never changed. When Put has returned nil the object
// survives a crash and a loss of power. Errors tell outages, which callers wait out, from the rest;
// DESIGN.md says how.
package lake
