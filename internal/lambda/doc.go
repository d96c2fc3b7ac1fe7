// Package lambda runs AWS Lambda functions on this machine: it starts a function's process, hands it
// invocations by the Lambda Runtime API, and takes its answers, as Lambda does.
//
// A function is a folder or a zip with a custom runtime (bootstrap), a Node or a Python handler, or the URL
// of a Lambda endpoint elsewhere. Nothing here knows what the payloads mean.
//
// Source of the protocol: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"
// (2018-06-01), and the runtime interface clients AWS publishes for Go, Node and Python.
package lambda
