// Package cloud looks after a pipeline that is deployed on AWS: how it is, what it logs, and sending again what
// its contracts refused. It knows the pipeline by the outputs of its stack.
package cloud
