package deploy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/pipeline"
)

// MaxBootstrapStack is the longest name of a stack that policies can be written for: CloudFormation shortens
// longer ones in the names it makes (those of buckets have 63 characters).
const MaxBootstrapStack = 24

// statement is one statement of a policy, in IAM's own words.
type statement struct {
	Sid       string         `json:",omitempty"`
	Effect    string         `json:""`
	Principal map[string]any `json:",omitempty"`
	Action    any            `json:""`
	Resource  any            `json:",omitempty"`
	Condition map[string]any `json:",omitempty"`
}

// policy is indented, for it is read before it is created.
func policy(statements ...statement) string {
	text, err := json.MarshalIndent(map[string]any{"Version": "2012-10-17", "Statement": statements}, "", "  ")
	if err != nil {
		return "" // maps and texts can always be marshalled
	}
	return string(text)
}

// Target is what policies are written for. Account and Region of the Environment are known.
type Target struct {
	Environment
	// Partition of the account, such as aws or aws-cn; the second part of any ARN in it.
	Partition string
	Pipeline  *pipeline.Pipeline
}

func (t Target) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", t.Partition, service, t.Region, t.Account, resource)
}

// iam has no region in its ARNs.
func (t Target) iam(resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", t.Partition, t.Account, resource)
}

// DeployPolicy is what the deploy role may do: act as the CDK's roles for deploying and for uploading code, and
// see how far the stack is. What a deployment may create is ExecutionPolicy's.
func (t Target) DeployPolicy() string {
	var roles []string
	for _, part := range []string{"deploy", "file-publishing", "lookup"} {
		roles = append(roles, t.iam(fmt.Sprintf("role/cdk-%s-%s-role-%s-%s", Qualifier, part, t.Account, t.Region)))
	}
	return policy(
		statement{Sid: "ActAsTheRolesOfTheCDK", Effect: "Allow", Action: "sts:AssumeRole", Resource: roles},
		statement{Sid: "SeeWhetherTheAccountIsBootstrapped", Effect: "Allow", Action: "ssm:GetParameter",
			Resource: t.arn("ssm", "parameter/cdk-bootstrap/"+Qualifier+"/version")},
		statement{Sid: "SeeTheStack", Effect: "Allow",
			Action:   []string{"cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"},
			Resource: t.arn("cloudformation", "stack/"+t.Stack+"/*")},
	)
}

// Trust says who may act as the deploy role.
type Trust struct {
	// OIDCProvider is the ARN of an identity provider of the account, such as that of GitHub Actions. Empty:
	// the account's own principals whose policies allow it.
	OIDCProvider string
	// OIDCSubject is whom of the provider's, such as repo:team/shop:ref:refs/heads/main; * stands for any text.
	OIDCSubject string
	// OIDCAudience of the tokens. Default sts.amazonaws.com.
	OIDCAudience string
}

// TrustPolicy is the deploy role's. Nobody needs a long-lived key for it.
func (t Target) TrustPolicy(trust Trust) string {
	if trust.OIDCProvider == "" {
		return policy(statement{Effect: "Allow", Action: "sts:AssumeRole", Principal: map[string]any{"AWS": t.iam("root")}})
	}
	_, issuer, _ := strings.Cut(trust.OIDCProvider, ":oidc-provider/")
	audience := trust.OIDCAudience
	if audience == "" {
		audience = "sts.amazonaws.com"
	}
	return policy(statement{
		Effect: "Allow", Action: "sts:AssumeRoleWithWebIdentity", Principal: map[string]any{"Federated": trust.OIDCProvider},
		Condition: map[string]any{
			"StringEquals": map[string]any{issuer + ":aud": audience},
			"StringLike":   map[string]any{issuer + ":sub": trust.OIDCSubject},
		},
	})
}

// ExecutionPolicy is what CloudFormation may do for this stack: handle what the template holds, by the names
// and the tag it gives them, and nothing else of the account.
func (t Target) ExecutionPolicy() string {
	tagged := map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/penstock:pipeline": t.Pipeline.Stream.Name}}
	lake := "arn:" + t.Partition + ":s3:::" + strings.ToLower(t.Stack) + "-*"
	allow := func(sid string, resource any, actions ...string) statement {
		return statement{Sid: sid, Effect: "Allow", Action: actions, Resource: resource}
	}
	newKey := allow("Key", "*", "kms:CreateKey", "kms:TagResource")
	newKey.Condition = map[string]any{"StringEquals": map[string]any{"aws:RequestTag/penstock:pipeline": t.Pipeline.Stream.Name}}
	key := allow("KeyOfThisPipeline", t.arn("kms", "key/*"), "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdateKeyDescription",
		"kms:TagResource", "kms:UntagResource", "kms:EnableKey", "kms:DisableKey", "kms:DisableKeyRotation")
	key.Condition = tagged
	// KMS may know a key's tags five minutes late for what is allowed by them (its guide, "Use tags to control access to
	// KMS keys"), and CloudFormation goes on with a new key at once. This much harms no other key of the account:
	// to look at it and have it rotate, and to use it by way of the stream of this pipeline.
	anyKey := allow("KeyThatIsNew", t.arn("kms", "key/*"), "kms:DescribeKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags")
	viaStream := allow("KeyOfTheStream", t.arn("kms", "key/*"), "kms:Decrypt", "kms:GenerateDataKey")
	viaStream.Condition = map[string]any{"StringEquals": map[string]any{"kms:ViaService": "kinesis." + t.Region + ".amazonaws.com"}}
	pass := allow("RolesToTheirServices", t.iam("role/"+t.Stack+"-*"), "iam:PassRole")
	pass.Condition = map[string]any{"StringEquals": map[string]any{"iam:PassedToService": []string{"firehose.amazonaws.com", "lambda.amazonaws.com"}}}
	return policy(
		allow("Stream", t.arn("kinesis", "stream/"+t.Pipeline.Stream.Name), "kinesis:*"),
		allow("Delivery", t.arn("firehose", "deliverystream/"+t.Stack+"-*"), "firehose:*"),
		allow("Transformer", t.arn("lambda", "function:"+t.Stack+"-*"), "lambda:*"),
		allow("Lake", lake, "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:Get*", "s3:List*", "s3:PutBucket*",
			"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutMetricsConfiguration", "s3:TagResource", "s3:UntagResource"),
		allow("Logs", t.arn("logs", "log-group:"+t.Stack+"-*"), "logs:*"),
		allow("LogGroupsAreFound", t.arn("logs", "log-group:*"), "logs:DescribeLogGroups"),
		allow("LogPoliciesAreSeen", "*", "logs:DescribeResourcePolicies"), // an action that knows no resource
		allow("Alarms", t.arn("cloudwatch", "alarm:"+t.Stack+"-*"), "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms",
			"cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:TagResource", "cloudwatch:UntagResource"),
		allow("Dashboard", fmt.Sprintf("arn:%s:cloudwatch::%s:dashboard/*", t.Partition, t.Account),
			"cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards",
			"cloudwatch:ListTagsForResource", "cloudwatch:TagResource", "cloudwatch:UntagResource"),
		allow("Topic", t.arn("sns", t.Stack+"-*"), "sns:*"),
		allow("Roles", []string{t.iam("role/" + t.Stack + "-*"), t.iam("policy/" + t.Stack + "-*")},
			"iam:CreateRole", "iam:DeleteRole", "iam:GetRole", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy",
			"iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies",
			"iam:TagRole", "iam:UntagRole", "iam:ListRoleTags", "iam:ListEntitiesForPolicy", "iam:CreatePolicy", "iam:DeletePolicy", "iam:GetPolicy", "iam:GetPolicyVersion",
			"iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:ListPolicyVersions", "iam:TagPolicy", "iam:UntagPolicy"),
		pass, newKey, key, anyKey, viaStream,
		allow("Code", fmt.Sprintf("arn:%s:s3:::cdk-%s-assets-%s-%s/*", t.Partition, Qualifier, t.Account, t.Region), "s3:GetObject"),
		allow("BootstrapVersion", t.arn("ssm", "parameter/cdk-bootstrap/"+Qualifier+"/version"), "ssm:GetParameters"),
	)
}
