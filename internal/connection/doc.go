// Package connection bounds the connections of an HTTP server so that idle ones keep nobody out.
package connection
