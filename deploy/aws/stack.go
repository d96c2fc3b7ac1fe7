package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock/penstock/internal/pipeline"
)

// stackConfig says which pipeline becomes which stack.
type stackConfig struct {
	Name, Account, Region string
	Pipeline              *pipeline.Pipeline
	// Transformer is the folder that becomes the function's zip.
	Transformer string
}

// name is the stream's. The folder's would do for people, but a copy, or a checkout by a CI system, has another one: the
// tag would no longer be the one that the policies of bootstrap know, and not every folder's name can be a tag.
func (c stackConfig) name() string { return c.Pipeline.Stream.Name }

// qualifier is in the names of the roles and the bucket that a deployment works with. `penstock aws bootstrap`
// makes them under this name, so that they share no rights with the account's other CDK applications.
const qualifier = "penstock"

// pipelineTag is on everything of the stack that takes tags; its value is the name of the stream.
const pipelineTag = "penstock:pipeline"

// stack is a pipeline as AWS resources. Its files go along the path of an event: stream, transformer,
// delivery, lake; roles and alarms beside them. Resources are L1 throughout: the L2 constructs grant more than
// the parts need, such as s3:DeleteObject* to Firehose.
type stack struct {
	scope awscdk.Stack
	cfg   stackConfig
}

func newStack(scope constructs.Construct, cfg stackConfig) *stack {
	s := &stack{cfg: cfg, scope: awscdk.NewStack(scope, &cfg.Name, &awscdk.StackProps{
		Description: jsii.Sprintf("Penstock pipeline %s: Kinesis, Firehose, Lambda, S3", cfg.name()),
		Env:         environment(cfg),
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{Qualifier: jsii.String(qualifier)}),
		Tags:        &map[string]*string{pipelineTag: ptr(cfg.name())},
	})}
	key := s.key()
	source := s.stream(key)
	lake := s.lake(key)
	function := s.transformer(key)
	delivery := s.delivery(key, source, lake, function)
	topic := s.topic(key)
	s.alarms(topic, source, lake, function, delivery)
	s.dashboard(source, function, delivery)
	s.outputs(source, lake, function, delivery, topic, s.producerPolicy(key, source))
	return s
}

func environment(cfg stackConfig) *awscdk.Environment {
	env := &awscdk.Environment{}
	if cfg.Account != "" {
		env.Account = &cfg.Account
	}
	if cfg.Region != "" {
		env.Region = &cfg.Region
	}
	return env
}

// arn is the ARN of something in this stack's account and region.
func (s *stack) arn(service, resource string) *string {
	return awscdk.Fn_Sub(jsii.Sprintf("arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s", service, resource), nil)
}

// stays keeps a resource when the stack is deleted. A deployment that fails before anything was in it leaves none
// behind: a key costs money, and each attempt would make another. (CloudFormation, "DeletionPolicy attribute",
// RetainExceptOnCreate.)
func stays(r awscdk.CfnResource) {
	r.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}

// reason says why a check of a template linter does not apply.
type reason struct{ id, comment string }

// explain notes reasons down where checkov looks for them.
func explain(r awscdk.CfnResource, reasons ...reason) {
	var skip []any
	for _, why := range reasons {
		skip = append(skip, map[string]any{"id": why.id, "comment": why.comment})
	}
	r.AddMetadata(jsii.String("checkov"), map[string]any{"skip": skip})
}

// logRetentionDays of every log group: long enough to look into a bad week a month later.
const logRetentionDays = 60

func (s *stack) output(name string, value *string, description string) {
	awscdk.NewCfnOutput(s.scope, &name, &awscdk.CfnOutputProps{Value: value, Description: &description})
}
