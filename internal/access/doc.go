// Package access decides who may look at a pipeline over HTTP and who may operate it: users with passwords,
// tokens for programs, the sessions of those who logged in, and how often somebody may try.
//
// It knows nothing of HTTP. The package dashboard asks it about each request; the package pipeline reads the
// rules from the pipeline file.
package access
