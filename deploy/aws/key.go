package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// cmk is the key that encrypts the stream, the lake, the logs and the alarms' topic.
type cmk = awskms.CfnKey

func sub(text string) *string { return awscdk.Fn_Sub(&text, nil) }

// logsUse is what CloudWatch Logs does with a key (its user guide, "Encrypt log data", step 2).
var logsUse = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"}

// key stays when the stack goes: without it the lake that stays could not be read.
func (s *stack) key() cmk {
	account := map[string]any{"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")}
	key := awskms.NewCfnKey(s.scope, jsii.String("Key"), &awskms.CfnKeyProps{
		Description:       jsii.Sprintf("Data of pipeline %s", s.cfg.name()),
		EnableKeyRotation: true,
		// The stack's tags come to the key by themselves when the CDK deploys; what may be done with a key depends on
		// this one, so a template that is deployed by other means has it too.
		Tags: &[]*awscdk.CfnTag{{Key: jsii.String(pipelineTag), Value: ptr(s.cfg.name())}},
		KeyPolicy: document(
			statement{"Sid": "ThisAccountsPoliciesDecide", "Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"},
			statement{
				"Sid": "LogsOfThisAccount", "Effect": "Allow", "Resource": "*",
				"Principal": map[string]any{"Service": sub("logs.${AWS::Region}.amazonaws.com")},
				"Action":    logsUse,
				"Condition": map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": s.arn("logs", "log-group:*")}},
			},
			statement{
				"Sid": "AlarmsOfThisAccount", "Effect": "Allow", "Resource": "*",
				"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
				"Action":    []string{"kms:Decrypt", "kms:GenerateDataKey*"},
				"Condition": s.thisAccount(),
			},
		),
	})
	stays(key)
	return key
}
