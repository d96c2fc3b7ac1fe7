// Package deploy carries a pipeline's folder to an AWS account: it builds what the Lambda carries, has the
// template written by penstock-aws, and hands both to the CDK's own command line, which comes from npm.
//
// It knows nothing of a pipeline that is deployed already; that is package cloud.
package deploy
