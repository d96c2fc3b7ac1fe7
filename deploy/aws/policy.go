package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

type role = awsiam.CfnRole

// statement is one statement of a policy, as IAM's JSON has it.
type statement map[string]any

func allow(actions []string, resources any) statement {
	return statement{"Effect": "Allow", "Action": actions, "Resource": resources}
}

func (p statement) when(condition map[string]any) statement {
	p["Condition"] = condition
	return p
}

func document(statements ...statement) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// role that a service of AWS assumes, with exactly these statements. assumedFor, if any, are conditions of the trust.
func (s *stack) role(id, service, description string, assumedFor map[string]any, statements ...statement) role {
	trust := statement{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": service + ".amazonaws.com"},
	}
	if assumedFor != nil {
		trust = trust.when(assumedFor)
	}
	return awsiam.NewCfnRole(s.scope, &id, &awsiam.CfnRoleProps{
		Description:              &description,
		AssumeRolePolicyDocument: document(trust),
		Policies:                 []any{map[string]any{"policyName": "exact", "policyDocument": document(statements...)}},
	})
}

// thisAccount keeps another account from having the service act on its behalf here (the confused deputy).
func (s *stack) thisAccount() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": s.scope.Account()}}
}

// producerPolicy is what a team's service needs to put events, and no more.
func (s *stack) producerPolicy(key cmk, source source) awsiam.CfnManagedPolicy {
	return awsiam.NewCfnManagedPolicy(s.scope, jsii.String("ProducerPolicy"), &awsiam.CfnManagedPolicyProps{
		Description: jsii.Sprintf("Put events into the stream of pipeline %s", s.cfg.name()),
		PolicyDocument: document(
			allow([]string{"kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary", "kinesis:ListShards"}, source.AttrArn()),
			allow([]string{"kms:GenerateDataKey"}, key.AttrArn()).when(s.via("kinesis")),
		),
	})
}

// via allows a key's use through one service only.
func (s *stack) via(service string) map[string]any {
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": sub(service + ".${AWS::Region}.amazonaws.com")}}
}
