package deploy

import (
	"encoding/json"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// handlers are, for each type of resource, the permissions that CloudFormation's own schema of it says creating,
// reading, updating, deleting and tagging one takes: those of us-east-1 of 2026-10-20.
func handlers(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/handlers.json")
	if err != nil {
		t.Fatal(err)
	}
	var list map[string][]string
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// needless are permissions for properties that the template does not use, by what they begin with. The execution
// policy does not give them.
var needless = map[string][]string{
	"AWS::IAM::ManagedPolicy": {"iam:Attach", "iam:Detach"}, // Groups, Roles, Users
	"AWS::IAM::Role": {
		"iam:AttachRolePolicy", "iam:DetachRolePolicy", // ManagedPolicyArns
		"iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", // PermissionsBoundary
	},
	"AWS::KinesisFirehose::DeliveryStream": {"kms:CreateGrant", "kms:RevokeGrant"}, // DeliveryStreamEncryptionConfigurationInput
	"AWS::Lambda::Function": {
		"ec2:", "elasticfilesystem:", "s3files:", // VpcConfig, FileSystemConfigs
		"kms:CreateGrant", "kms:Encrypt", // KmsKeyArn
		"s3:GetObjectVersion",                                                                  // Code.S3ObjectVersion
		"lambda:GetLayerVersion", "lambda:GetCodeSigningConfig", "lambda:PassCapacityProvider", // Layers, CodeSigningConfigArn, CapacityProviderConfig
	},
	"AWS::Logs::LogGroup": {"s3:REST.PUT.OBJECT", "firehose:TagDeliveryStream"}, // LogGroupClass DELIVERY
	"AWS::S3::Bucket": {
		"s3:PutAnalyticsConfiguration", "s3:PutInventoryConfiguration", "s3:PutIntelligentTieringConfiguration", "s3:PutAccelerateConfiguration",
		"s3:PutReplicationConfiguration", "s3:DeleteBucketReplication", "iam:PassRole", // ReplicationConfiguration
		"s3:PutObjectLockConfiguration", "s3:PutObjectAcl", "s3:DeleteObject", // ObjectLockConfiguration
		"s3:DeleteBucketWebsite", "s3:DeleteBucketCors", "s3:DeleteBucketAnalyticsConfiguration",
		"s3:CreateBucketMetadata", "s3:DeleteBucketMetadata", "s3:UpdateBucketMetadata", "s3tables:", // MetadataTableConfiguration
		// No actions of IAM: Put... covers deleting these. (Service Authorization Reference, Amazon S3.)
		"s3:DeleteBucketMetricsConfiguration", "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle",
		"s3:DeleteBucketTagging", // PutBucketTagging covers it
	},
	"AWS::SNS::Subscription": {"iam:PassRole"}, // SubscriptionRoleArn
	"AWS::SNS::Topic":        {"iam:PassRole"}, // DeliveryStatusLogging
}

// named is a resource of the stack Shop that a permission for a type is about.
func named(resourceType, action string) string {
	service, _, _ := strings.Cut(action, ":")
	switch {
	case service == "iam" && resourceType == "AWS::IAM::ManagedPolicy":
		return "arn:aws:iam::123456789012:policy/Shop-ProducerPolicy-X1"
	case service == "s3" && resourceType == "AWS::Lambda::Function":
		return "arn:aws:s3:::cdk-penstock-assets-123456789012-eu-central-1/abc.zip"
	case service == "cloudwatch" && resourceType == "AWS::CloudWatch::Dashboard":
		return "arn:aws:cloudwatch::123456789012:dashboard/Dashboard-X1"
	case action == "logs:DescribeResourcePolicies":
		return "*"
	}
	return map[string]string{
		"cloudwatch": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:Shop-AlarmFreshness-X1",
		"firehose":   "arn:aws:firehose:eu-central-1:123456789012:deliverystream/Shop-Delivery-X1",
		"iam":        "arn:aws:iam::123456789012:role/Shop-SourceRole-X1",
		"kinesis":    "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
		"kms":        "arn:aws:kms:eu-central-1:123456789012:key/1234",
		"lambda":     "arn:aws:lambda:eu-central-1:123456789012:function:Shop-Transformer-X1",
		"logs":       "arn:aws:logs:eu-central-1:123456789012:log-group:Shop-DeliveryLogs-X1",
		"s3":         "arn:aws:s3:::shop-lake-x1",
		"sns":        "arn:aws:sns:eu-central-1:123456789012:Shop-Alarms-X1",
	}[service]
}

// allows says that a statement gives an action on a resource; conditions are not looked at.
func (d document) allows(t *testing.T, action, resource string) bool {
	t.Helper()
	matches := func(patterns any, what string) bool {
		list, ok := patterns.([]any)
		if !ok {
			list = []any{patterns}
		}
		return slices.ContainsFunc(list, func(p any) bool {
			// A * of IAM stands for slashes too; one of path.Match does not.
			ok, err := path.Match(strings.ReplaceAll(p.(string), "/", "|"), strings.ReplaceAll(what, "/", "|"))
			if err != nil {
				t.Fatal(err)
			}
			return ok
		})
	}
	return slices.ContainsFunc(d.Statement, func(s statementOf) bool { return matches(s.Action, action) && matches(s.Resource, resource) })
}

// A deployment fails at the first permission that CloudFormation lacks, and rolls all of it back.
func TestTheExecutionPolicyHasWhatCloudFormationNeedsForEachResource(t *testing.T) {
	policy, all := parse(t, target().ExecutionPolicy()), handlers(t)
	template, err := os.ReadFile("../../deploy/aws/testdata/orders.template.json")
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Resources map[string]struct{ Type string }
	}
	if err := json.Unmarshal(template, &parsed); err != nil {
		t.Fatal(err)
	}
	for id, r := range parsed.Resources {
		if len(all[r.Type]) == 0 {
			t.Errorf("what %s, of type %s, takes is not in testdata/handlers.json", id, r.Type)
		}
	}
	for resourceType, actions := range all {
		for _, action := range actions {
			skip := slices.ContainsFunc(needless[resourceType], func(begin string) bool { return strings.HasPrefix(action, begin) })
			given := policy.allows(t, action, named(resourceType, action))
			if !given && !skip {
				t.Errorf("%s: CloudFormation may not %s on %s", resourceType, action, named(resourceType, action))
			}
		}
	}
}

// Roles are handed to the two services that work under them, and secrets of other keys stay with them.
func TestTheExecutionPolicyDoesNotReachWhatIsNotTheStacks(t *testing.T) {
	policy := parse(t, target().ExecutionPolicy())
	for action, resource := range map[string]string{
		"iam:PassRole":            "arn:aws:iam::123456789012:role/Admin",
		"iam:PutRolePolicy":       "arn:aws:iam::123456789012:role/ShopAdmin",
		"iam:CreateUser":          "arn:aws:iam::123456789012:user/Shop-x",
		"s3:GetObject":            "arn:aws:s3:::payroll/x",
		"s3:DeleteBucket":         "arn:aws:s3:::payroll",
		"kinesis:DeleteStream":    "arn:aws:kinesis:eu-central-1:123456789012:stream/orders-of-others",
		"firehose:DeleteStream":   "arn:aws:firehose:eu-central-1:123456789012:deliverystream/Other-Delivery",
		"lambda:UpdateFunction":   "arn:aws:lambda:eu-central-1:123456789012:function:Other",
		"logs:DeleteLogGroup":     "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/other",
		"kms:CreateGrant":         "arn:aws:kms:eu-central-1:123456789012:key/1234",
		"secretsmanager:GetValue": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:x",
	} {
		if policy.allows(t, action, resource) {
			t.Errorf("CloudFormation may %s on %s", action, resource)
		}
	}
	for _, s := range policy.Statement {
		if s.Sid == "KeyOfThisPipeline" || s.Sid == "Key" || s.Sid == "KeyOfTheStream" || s.Sid == "RolesToTheirServices" {
			if len(s.Condition) == 0 {
				t.Errorf("%s holds for everything", s.Sid)
			}
		}
	}
}
